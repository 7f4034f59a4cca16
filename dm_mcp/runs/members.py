"""The servers that work on one workspace at the same time: who they are, and which of them live.

Each holds the lock of a file in ``.dm/servers``; the kernel lets go of it when the server dies, however it dies. Its
control socket lies beside the file, or in a folder of ``/tmp`` where that path is too long for a socket.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from dm_mcp.errors import WorkspaceError
from dm_mcp.locks import is_held, try_lock

__all__ = ["Member", "is_alive", "socket_of", "sweep"]

_SHORT = "/tmp"  # noqa: S108 - the folder in it is made by us, for us only, under a name that nobody can guess
_LOCK, _DRAFT = ".lock", ".new"
_DRAFT_SECONDS = 60.0
_LONGEST_SOCKET = 100
"""Bytes of a socket's path: the kernels take 107 (Linux) and 103 (macOS)."""


class Member:
    """This server among the others, from its making to `leave`."""

    def __init__(self, folder: Path) -> None:
        """Enter ``folder``, which is ``.dm/servers``. Raises `WorkspaceError` when that can't be written."""
        self.id = f"server_{secrets.token_hex(6)}"
        self._file = folder / f"{self.id}{_LOCK}"
        self.socket = socket_of(folder, self.id)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.socket.parent != folder:
                self.socket.parent.mkdir(mode=0o700)
            self._lock = _locked_file(self._file)
        except OSError as error:
            _remove(self._file, self.socket)
            raise WorkspaceError(
                f"This server can't be entered in the workspace: {error.strerror}.",
                hint="Let dm-mcp write there, and make room on the disk.",
                file=".dm/servers",
            ) from error

    def leave(self) -> None:
        """Be no longer among them."""
        _remove(self._file, self.socket)
        os.close(self._lock)


def is_alive(folder: Path, server_id: str) -> bool:
    """Whether the server of that id holds its lock."""
    return is_held(folder / f"{server_id}{_LOCK}")


def socket_of(folder: Path, server_id: str) -> Path:
    """Where the control socket of a server is."""
    path = folder / f"{server_id}.sock"
    return path if len(os.fsencode(path)) <= _LONGEST_SOCKET else Path(_SHORT, f"dm-mcp-{server_id}", "sock")


def sweep(folder: Path) -> None:
    """Clear away what dead servers left in ``folder``."""
    for file in folder.glob(f"server_*{_LOCK}"):
        if not is_held(file):
            _remove(file, socket_of(folder, file.stem))
    for draft in folder.glob(f"server_*{_DRAFT}"):  # its server died while it entered, or is about to lock it
        with suppress(OSError):
            if abs(time.time() - draft.stat().st_mtime) > _DRAFT_SECONDS:
                draft.unlink()


def _locked_file(file: Path) -> int:
    """Make ``file`` and lock it; nobody sees it unlocked, for it has another name before."""
    draft = file.with_suffix(_DRAFT)
    lock = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try_lock(lock)
        draft.rename(file)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _remove(file: Path, socket: Path) -> None:
    """Remove a server's files; the lock file last, so that `sweep` finds what a death in between leaves."""
    with suppress(OSError):
        socket.unlink()
    if socket.parent != file.parent:
        with suppress(OSError):
            socket.parent.rmdir()
    with suppress(OSError):
        file.unlink()
