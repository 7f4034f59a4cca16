"""Stop the server when every user has died without leaving: ``python -m dm_mcp.connections.embedded.watcher FOLDER``.

Started with each server, in a session of its own. It sleeps in one system call until all shares of ``alive.lock`` are
gone, which the kernel sees to, and ends with the server. Without it a client that kills its dm-mcp would leave a
PostgreSQL running for ever.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from dm_mcp.connections.embedded.home import home_at
from dm_mcp.connections.embedded.locks import locked
from dm_mcp.connections.embedded.postmaster import stop
from dm_mcp.locks import open_lock, try_lock, wait_lock

__all__ = ["watch"]

SECONDS = 60.0


def watch(base: Path) -> None:
    """Wait until the server whose folder is `base` has no user left, then stop it if it still runs."""
    home = home_at(base)
    while True:
        _wait_for(home.lock("alive"))
        with locked(home.lock("start"), SECONDS):
            users = open_lock(home.lock("users"))
            try:
                if try_lock(users):  # else somebody came in the meantime
                    stop(home, SECONDS)
                    return
            finally:
                os.close(users)


def _wait_for(path: Path) -> None:
    fd = open_lock(path)
    try:
        wait_lock(fd)
    finally:
        os.close(fd)


if __name__ == "__main__":
    with suppress(FileNotFoundError):  # the folder was deleted: the server sees that too, and stops
        watch(Path(sys.argv[1]))
