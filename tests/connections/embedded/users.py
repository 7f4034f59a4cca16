"""A user of the server in a process of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from dm_mcp.connections.embedded.home import find_home
from dm_mcp.connections.embedded.locks import locked
from dm_mcp.connections.embedded.postmaster import read_status
from dm_mcp.locks import open_lock, try_lock, wait_lock

USER = """
import sys
from pathlib import Path
from dm_mcp.connections.embedded import EmbeddedPostgres, home
home.ROOT_BASE = Path(sys.argv[2])
with EmbeddedPostgres(Path(sys.argv[1])) as postgres:
    print(postgres.login().host, flush=True)
    sys.stdin.read()
"""


class User:
    """A process that runs `USER`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def wait_until_in(self) -> None:
        """Return when it has got its login."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith("/")

    def leave(self) -> None:
        """Let it close its hold and end."""
        self._process.communicate()

    def kill(self) -> None:
        """End it with no chance to leave."""
        self._process.kill()
        self.leave()


def server_pid(state_dir: Path) -> int:
    """The postmaster's process number; 0 if there is no server."""
    return read_status(find_home(state_dir)).pid


def runs(state_dir: Path) -> bool:
    """Whether any process of the server is left."""
    home = find_home(state_dir)
    with locked(home.lock("start"), 10.0):  # else the watcher may just be looking at the same lock
        lock = open_lock(home.lock("server"))
        try:
            return not try_lock(lock)
        finally:
            os.close(lock)


def wait_until_stopped(state_dir: Path) -> None:
    """Return when no process of the server is left."""
    lock = open_lock(find_home(state_dir).lock("server"))
    try:
        wait_lock(lock)
    finally:
        os.close(lock)
