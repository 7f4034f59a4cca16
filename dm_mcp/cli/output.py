"""Where a command's data go."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dm_mcp.cli.replace_file import replaced_file
from dm_mcp.errors import InvalidRequest

__all__ = ["open_output"]


@contextmanager
def open_output(path: Path | None) -> Generator[BinaryIO]:
    """Standard output, or a file that is replaced only when all of it was written.

    A device, a pipe or a socket is written to as it comes, for it can't be replaced. Raises InvalidRequest for what
    can't be written.
    """
    if path is None:
        yield sys.stdout.buffer
        return
    try:
        with path.open("wb") if path.exists() and not path.is_file() else replaced_file(path) as out:
            yield out
    except OSError as error:
        raise InvalidRequest(f"The file can't be written: {error.strerror}.", file=str(path)) from error
