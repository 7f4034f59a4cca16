"""The lock files that carry the server's life cycle, see `dm_mcp.locks`.

======================  ==============================================================================================
``start.lock``          held exclusively while somebody starts, adopts or stops the server
``users.lock``          shared by all users: who gets it exclusively (under ``start.lock``) knows that nobody else is in
``alive.lock``          shared by all users too: what the watcher waits on. One file for both would let the watcher slip
                        in while a leaving user turns its share into an exclusive lock, and look like another user
``server.lock``         inherited by initdb, the postmaster and its backends: who gets it knows that none of them is
                        left on this data folder, whatever an old ``postmaster.pid`` says
======================  ==============================================================================================
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dm_mcp.errors import ConnectionFailed
from dm_mcp.locks import open_lock, try_lock

__all__ = ["POLL", "locked"]

POLL = 0.005
"""Seconds between two looks at something that has no way to tell: half a percent of the shortest cold start."""


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
