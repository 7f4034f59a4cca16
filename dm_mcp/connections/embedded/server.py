"""`EmbeddedPostgres`: one user of a workspace's server. The first starts it, the last to leave stops it."""

from __future__ import annotations

import atexit
import os
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from dm_mcp.connections.embedded.cluster import DATABASE, ROLE, create, password, require_version
from dm_mcp.connections.embedded.commands import detach
from dm_mcp.connections.embedded.home import Account, Home, find_home
from dm_mcp.connections.embedded.install import find_install
from dm_mcp.connections.embedded.locks import POLL, locked
from dm_mcp.connections.embedded.postmaster import (
    PORT,
    accepts,
    clear_left_overs,
    launch,
    read_status,
    stop,
    wait_until_ready,
)
from dm_mcp.errors import ConnectionFailed
from dm_mcp.locks import open_lock, share, try_lock

__all__ = ["EmbeddedPostgres", "Login"]

IMPORT_ROOT = Path(__file__).parents[3]
"""The folder that holds the package `dm_mcp`."""


@dataclass(frozen=True)
class Login:
    """The arguments of ``asyncpg.connect(**asdict(login))``; the password stays out of its `repr`."""

    host: str
    """The folder of the server's socket."""
    port: int
    user: str
    database: str
    password: str = field(repr=False)


class EmbeddedPostgres:
    """A hold on the PostgreSQL server of `state_dir`, which is started unless it runs.

    The very first start takes 0.5 to 1.4 s, a later one about 20 ms, adopting a running one 1 ms. Blocking: call it,
    and `close`, in a thread. Any number of holds may be open, in this process and in others. If all of them die
    without `close`, the server stops too, some milliseconds later.

    Raises `ConnectionFailed` if the server can't be set up, started or reached within `timeout` seconds.
    """

    def __init__(self, state_dir: Path, *, timeout: float = 60.0) -> None:
        self._timeout = timeout
        self._pid = os.getpid()
        try:
            self._home = find_home(state_dir)
            with ExitStack() as shares, locked(self._home.lock("start"), timeout):
                self._users = _hold(self._home.lock("users"), shares)
                _hold(self._home.lock("alive"), shares)
                _start_or_adopt(self._home, time.monotonic() + timeout)
                self._shares: ExitStack | None = shares.pop_all()
        except OSError as error:
            raise ConnectionFailed(
                f"the embedded PostgreSQL of {state_dir} can't be set up: {error}",
                hint="Its folder must be writable and on a local disk.",
            ) from error
        atexit.register(self.close)

    @property
    def folder(self) -> Path:
        """The folder that holds the data, the log ``server.log`` and the password."""
        return self._home.base

    def login(self) -> Login:
        """Where and as whom to log in. Reads two small files; ask anew for each session, the server may have moved.

        Raises `ConnectionFailed` if the server has gone: only a new `EmbeddedPostgres` starts it again.
        """
        status = read_status(self._home)
        if self._shares is None or not status.ready:
            raise ConnectionFailed(
                f"the embedded PostgreSQL of {self._home.base} does not run", hint="Open it again to start it."
            )
        return Login(status.folder, PORT, ROLE, DATABASE, password(self._home))

    def close(self) -> None:
        """Leave; stop the server if nobody else is in. A second call does nothing; in a forked child neither does one.

        Raises `ConnectionFailed` if the server does not stop.
        """
        atexit.unregister(self.close)
        shares, self._shares = self._shares, None
        if shares is None:
            return
        with shares:  # closed, never unlocked: that would undo the lock of a forked child's parent too
            if os.getpid() != self._pid:
                return
            # A folder that is gone, or another by now, was deleted under the server: it stops by itself in a minute.
            with suppress(FileNotFoundError), locked(self._home.lock("start"), self._timeout):
                ours = os.path.samestat(os.fstat(self._users), self._home.lock("users").stat())
                # Turning our own share exclusive, not opening the file anew: forked children that hold copies of the
                # descriptor are no users.
                if ours and try_lock(self._users):
                    stop(self._home, self._timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _hold(path: Path, shares: ExitStack) -> int:
    """Share the lock at `path` until `shares` is closed."""
    fd = share(path)
    shares.callback(os.close, fd)
    return fd


def _start_or_adopt(home: Home, end: float) -> None:
    """With ``start.lock`` held: return when a server answers, within the monotonic time `end`."""
    lock = open_lock(home.lock("server"))
    try:
        while not try_lock(lock):  # a server is there, or what is left of one
            if accepts(home):
                return
            if time.monotonic() > end:
                raise ConnectionFailed(
                    f"the embedded PostgreSQL of {home.base} neither answers nor ends",
                    hint=f"See its log {home.log}; its process number is in {home.data / 'postmaster.pid'}.",
                )
            time.sleep(POLL)
        clear_left_overs(home)
        install = find_install()
        if not home.data.exists():
            create(home, install, (lock,))
        require_version(home)
        password(home)  # a lost one is better told now than at the login
        launch(home, install, (lock,))
    finally:
        os.close(lock)  # the server keeps its own
    _watch(home)  # before the wait: so the server has a watcher even if we are killed now
    wait_until_ready(home, end)


def _watch(home: Home) -> None:
    """Start the process that stops the server when nobody is left to do so."""
    if sys.executable:
        caller = Account(os.geteuid(), os.getegid())
        module = "dm_mcp.connections.embedded.watcher"
        detach(caller, IMPORT_ROOT, sys.executable, "-m", module, home.base)
