"""The servers that work on one workspace at the same time: who they are, and which of them live.

Each holds the lock of a file in ``.dm/servers``; the kernel lets go of it when the server dies, however it dies. Its
control socket lies beside the file, or in a folder of ``/tmp`` where that path is too long for a socket.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from dm_mcp.errors import WorkspaceError
from dm_mcp.locks import is_held, try_lock

__all__ = ["Member", "is_alive", "socket_of", "sweep"]

_SHORT = "/tmp"  # noqa: S108 - the folder in it is made by us, for us only, under a name that nobody can guess
_LONGEST_SOCKET = 100
"""Bytes of a socket's path: the kernels take 107 (Linux) and 103 (macOS)."""


class Member:
    """This server among the others, from its making to `leave`."""

    def __init__(self, folder: Path) -> None:
        """Enter ``folder``, which is ``.dm/servers``. Raises `WorkspaceError` when that can't be written."""
        self.id = f"server_{secrets.token_hex(6)}"
        self._file = folder / f"{self.id}.lock"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            self.socket = socket_of(folder, self.id)
            if self.socket.parent != folder:
                self.socket.parent.mkdir(mode=0o700)
            draft = folder / f"{self.id}.new"
            self._lock = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try_lock(self._lock)  # before it has its name: nobody sees it unlocked
            draft.rename(self._file)
        except OSError as error:
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
    return is_held(folder / f"{server_id}.lock")


def socket_of(folder: Path, server_id: str) -> Path:
    """Where the control socket of a server is."""
    path = folder / f"{server_id}.sock"
    return path if len(os.fsencode(path)) <= _LONGEST_SOCKET else Path(_SHORT, f"dm-mcp-{server_id}", "sock")


def sweep(folder: Path) -> None:
    """Clear away what dead servers left in ``folder``."""
    for file in folder.glob("server_*.lock"):
        if not is_held(file):
            _remove(file, socket_of(folder, file.stem))


def _remove(file: Path, socket: Path) -> None:
    with suppress(OSError):
        file.unlink()
    with suppress(OSError):
        socket.unlink()
    if socket.parent != file.parent:
        with suppress(OSError):
            socket.parent.rmdir()
