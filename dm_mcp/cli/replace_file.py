"""Replace what a file holds, all at once: who reads it sees the old text or the new one."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["replace_file"]

_PRIVATE, _AS_USUAL = 0o600, 0o666  # the second is narrowed by the umask


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` through a temporary file beside it. Folders that are missing are made.

    A link stays one: the file that it leads to is replaced. That file's rights and, as far as we may, its owner stay.
    Raises `OSError`.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        before = path.stat()
    except FileNotFoundError:
        before = None
    part = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        # Nobody may read in the new file what nobody could read in the old one, not for a moment either.
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE if before else _AS_USUAL), "wb") as out:  # noqa: PTH123 - a descriptor
            out.write(data)
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
