"""Where a command's data go."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dm_mcp.errors import InvalidRequest

__all__ = ["open_output"]


@contextmanager
def open_output(path: Path | None) -> Generator[BinaryIO]:
    """Standard output, or a file that is replaced only when all of it was written."""
    if path is None:
        yield sys.stdout.buffer
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    except OSError as error:
        raise InvalidRequest(f"The file can't be written: {error.strerror}.", file=str(path)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
