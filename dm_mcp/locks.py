"""Lock files between processes. The kernel drops a lock when its holder dies, however it dies.

`fcntl.flock` ties a lock to the open file, not to the process: that is why a child inherits it, and why a second
`open_lock` of the same path in one process is a rival. It is not for network file systems.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

__all__ = ["is_held", "make_lock", "open_lock", "share", "try_lock", "wait_lock"]


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


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock at `path` exclusively; those who ask don't disturb each other.

    A file that can't be opened, such as another user's, counts as held: nobody is to be taken for dead by mistake.
    """
    try:
        fd = open_lock(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
