"""Replace what a file holds, all at once: who reads it sees the old content or the new one."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["replace_file", "replaced_file"]

_PRIVATE, _AS_USUAL = 0o600, 0o666  # the second is narrowed by the umask


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` as `replaced_file` does. Folders that are missing are made. Raises `OSError`."""
    Path(os.path.realpath(path)).parent.mkdir(parents=True, exist_ok=True)
    with replaced_file(path) as out:
        out.write(data)


@contextmanager
def replaced_file(path: Path) -> Generator[BinaryIO]:
    """A temporary file beside ``path``, of a name that nobody can guess, which takes its place in the end.

    A link stays one: the file that it leads to is replaced. That file's rights and, as far as we may, its owner stay.
    After an error the old file is as it was. Raises `OSError`.
    """
    path = Path(os.path.realpath(path))
    try:
        before = path.stat()
    except FileNotFoundError:
        before = None
    part = path.with_name(f".{path.name[:100]}.{os.urandom(6).hex()}")
    try:
        # Nobody may read in the new file what nobody could read in the old one, not for a moment either.
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE if before else _AS_USUAL), "wb") as out:  # noqa: PTH123 - a descriptor
            yield out
            out.flush()
            if before:
                with suppress(PermissionError):
                    os.fchown(out.fileno(), before.st_uid, before.st_gid)
                os.fchmod(out.fileno(), stat.S_IMODE(before.st_mode))
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
