"""Finding and ending every descendant of a process on Linux, where no pid namespace does it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

__all__ = ["descendants", "sweep"]

_FREEZE_ROUNDS = 5
"""Rounds that only stop processes; after them each round kills too, in case new ones appear for ever."""
_PAUSE = 0.001
"""Seconds between two rounds: what was killed needs a moment to go."""


def _children() -> dict[int, set[int]]:
    """The children of every process on the machine."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # it ended meanwhile
                # "pid (name) state parent ...": the name may hold spaces and brackets
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                found[int(fields[1])].add(int(entry.name))
    return found


def descendants(root: int, spare: Collection[int] = ()) -> set[int]:
    """The pids under ``root``, less those in ``spare`` and all under them. Reads ``/proc``."""
    children = _children()
    found: set[int] = set()
    waiting = [root]
    while waiting:
        fresh = children.get(waiting.pop(), set()) - found - set(spare)
        found |= fresh
        waiting += fresh
    return found


def sweep(seconds: float, spare: Collection[int] = ()) -> bool:
    """Kill and reap every descendant of this process, except ``spare`` and all under them; True when none is left.

    The caller must be a subreaper: then whatever loses its parent becomes its child and is found in the next round.
    Processes are stopped first, as a stopped one can't fork, and killed once a round finds no new one. Gives up after
    ``seconds``, for a process that the kernel can't end just now.
    """
    stopped: set[int] = set()
    deadline = time.monotonic() + seconds
    rounds = 0
    while found := descendants(os.getpid(), spare):
        if time.monotonic() > deadline:
            return False
        for pid in found:
            _send(pid, signal.SIGSTOP)
        if found <= stopped or rounds >= _FREEZE_ROUNDS:
            for pid in found:
                _send(pid, signal.SIGKILL)
            time.sleep(_PAUSE)
        stopped |= found
        rounds += 1
        for pid in found:
            with contextlib.suppress(ChildProcessError):  # not yet ours: its parent is being killed
                os.waitpid(pid, os.WNOHANG)
    return True


def _send(pid: int, signum: int) -> None:
    # A set-user-id program that the script started may refuse; the sweep's time limit covers that.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)
