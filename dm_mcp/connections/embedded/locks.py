"""The lock files that carry the server's life cycle. The kernel drops a lock when its holder dies, however it dies.

======================  ==============================================================================================
``start.lock``          held exclusively while somebody starts, adopts or stops the server
``users.lock``          shared by all users: who gets it exclusively (under ``start.lock``) knows that nobody else is in
``alive.lock``          shared by all users too: what the watcher waits on. One file for both would let the watcher slip
                        in while a leaving user turns its share into an exclusive lock, and look like another user
``server.lock``         inherited by initdb, the postmaster and its backends: who gets it knows that none of them is
                        left on this data folder, whatever an old ``postmaster.pid`` says
======================  ==============================================================================================

`fcntl.flock` ties a lock to the open file, not to the process: that is why a child inherits it, and why a second
`open_lock` of the same path in one process is a rival.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dm_mcp.errors import ConnectionFailed

__all__ = ["POLL", "locked", "make_lock", "open_lock", "share", "try_lock", "wait_lock"]

POLL = 0.005
"""Seconds between two looks at something that has no way to tell: half a percent of the shortest cold start."""


def make_lock(path: Path) -> None:
    """Make the lock file `path` unless it is there; a link in its place is refused."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))


def open_lock(path: Path) -> int:
    """Open the lock file `path`; closing it drops the lock. Never makes it: its folder may be being deleted."""
    return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)


def try_lock(fd: int) -> bool:
    """Take the lock exclusively if it can be had now. A share held by the same `fd` is given up either way."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(fd: int) -> None:
    """Take the lock exclusively, whenever that will be."""
    fcntl.flock(fd, fcntl.LOCK_EX)


def share(path: Path) -> int:
    """A share of the lock at `path`, held until the descriptor is closed."""
    fd = open_lock(path)
    fcntl.flock(fd, fcntl.LOCK_SH)
    return fd


@contextmanager
def locked(path: Path, seconds: float) -> Generator[None]:
    """Hold the lock at `path` exclusively.

    Raises `ConnectionFailed` if another process still holds it after `seconds`.
    """
    fd = open_lock(path)
    try:
        end = time.monotonic() + seconds
        while not try_lock(fd):
            if time.monotonic() > end:
                raise ConnectionFailed(
                    f"another process has held {path} for {seconds:g} s",
                    hint="It starts or stops the embedded PostgreSQL and seems stuck: find it (lsof) and end it.",
                )
            time.sleep(POLL)
        yield
    finally:
        os.close(fd)
