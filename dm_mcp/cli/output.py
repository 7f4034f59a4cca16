"""Where a command's data go."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dm_mcp.errors import InvalidRequest

__all__ = ["open_output"]


@contextmanager
def open_output(path: Path | None) -> Generator[BinaryIO]:
    """Standard output, or a file that is replaced only when all of it was written.

    A link's target is what is replaced, with the rights that it had. A device, a pipe or a socket is written to as it
    comes, for it can't be replaced. Raises InvalidRequest for what can't be written.
    """
    if path is None:
        yield sys.stdout.buffer
        return
    try:
        target = path.resolve()
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode):
            with target.open("wb") as out:
                yield out
            return
        with _replaced(target, mode) as out:
            yield out
    except OSError as error:
        raise InvalidRequest(f"The file can't be written: {error.strerror}.", file=str(path)) from error


@contextmanager
def _replaced(target: Path, mode: int | None) -> Generator[BinaryIO]:
    """A new file of a name that nobody can guess, which takes the target's place in the end."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            os.fchmod(handle, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
            yield out
        Path(name).replace(target)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)


def _mode(path: Path) -> int | None:
    """What stands there, with its rights; None where there is nothing."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    """The process's own mask, which can be read only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
