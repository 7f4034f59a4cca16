"""Which isolation works on this system, found out by trying."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path

from dm_mcp.workers.keeper import Started, start
from dm_mcp.workers.sandbox import Isolation, SandboxError, confine

__all__ = ["choose"]

_SECONDS = 5.0
_MEMORY = 1 << 40


def choose(forced: Isolation | None = None) -> tuple[Isolation, str]:
    """The best isolation that works here, or the forced one, and a sentence about it.

    Namespaces are tried for real, in a process thrown away after: a system may let the first step through and refuse
    a later one, as Ubuntu 24.04 does. Raises `SandboxError` when the forced one does not work.
    """
    if forced is Isolation.PROCESS_GROUP:
        return forced, "A run is only a process group, as asked for."
    if sys.platform != "linux" or not Path("/proc/self/stat").exists():
        if forced:
            raise SandboxError(f"{forced} needs Linux with /proc")
        return Isolation.PROCESS_GROUP, "A run is only a process group: that is all this system can do."
    if forced is Isolation.SUBREAPER:
        return forced, "A run is swept up by a supervising process, as asked for."
    reason = _try_namespaces()
    if not reason:
        inside = " in a user namespace" if os.geteuid() else ""
        return Isolation.NAMESPACES, f"A run has pid, mount, ipc, uts and net namespaces of its own{inside}."
    if forced:
        raise SandboxError(reason)
    return Isolation.SUBREAPER, (
        f"A run has no namespaces of its own ({reason}): it can reach the network and see the user's other processes. "
        "What it leaves is swept up by a supervising process."
    )


def _try_namespaces() -> str:
    """Start a script with namespaces and every later layer: why it fails here, empty when it works."""
    read, write = os.pipe()
    try:
        try:
            started = start(Isolation.NAMESPACES, lambda _: _script, network=False, errors=write)
        finally:
            os.close(write)
        return _result(started, read)
    except OSError as error:
        return str(error)
    finally:
        os.close(read)


def _script() -> int:
    confine(memory=_MEMORY)
    return 0 if os.getpid() > 1 and str(Path("/proc/self").readlink()) == str(os.getpid()) else 1


def _result(started: Started, errors: int) -> str:
    if started.pidfd is None or not select.select([started.pidfd], [], [], _SECONDS)[0]:
        os.kill(started.pid, signal.SIGKILL)
    os.waitpid(started.pid, 0)
    status = started.read_status()
    started.close_status()
    if started.pidfd is None:
        return "the kernel has no pidfd"
    os.close(started.pidfd)
    if status == 0:
        return ""
    text = os.read(errors, 4096).decode(errors="replace").strip()  # all writers are dead
    return text.removeprefix("The sandbox could not be set up: ") or f"the trial run ended with {status}"
