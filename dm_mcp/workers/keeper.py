"""Starting a run's processes: the script's own, and the keeper between it and the zygote.

With namespaces the keeper is the first process inside: it mounts ``/proc``, starts the script, and when it ends the
kernel ends whatever the script left. As a subreaper it does the same by sweeping. It holds nothing of the script's
but a pipe to the zygote, on which it says how the script ended. A process group needs no keeper.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn

from dm_mcp.workers import linux
from dm_mcp.workers.layers import SandboxError
from dm_mcp.workers.processes import descendants, sweep
from dm_mcp.workers.sandbox import MAX_ZYGOTE_FDS, Isolation, Sandbox
from dm_mcp.workers.usage import Ceiling, over

__all__ = ["EXCESS", "STATUS", "SWEEP_SECONDS", "FindScript", "Script", "Started", "leave_with", "start"]

STATUS = struct.Struct("!i")
"""What the keeper writes: the script's exit code, or less than 0 for the signal that ended it."""


class Script(NamedTuple):
    """The work of a script's process: its folder, whether it has the machine's net, its ceiling, what it calls."""

    folder: str
    network: bool
    ceiling: Ceiling
    call: Callable[[], int]


FindScript = Callable[[int], Script]
"""Gives the script's process its work. Called where the keeper is set up, and may wait there; it is told the keeper's
one descriptor, which must stay open."""
EXCESS = {"memory": -1001, "disk": -1002}
"""What stands for the script's status when the keeper has ended it, for what the run took as a whole."""
_LOOK_SECONDS = 0.25
"""Between two looks at that."""
SWEEP_SECONDS = 1.5
"""Time that a subreaper has for its sweep."""


@dataclass(frozen=True)
class Started:
    """A run's first process: its pid, its pidfd where there is one, and the keeper's pipe where there is a keeper."""

    pid: int
    pidfd: int | None
    status: int | None

    def read_status(self) -> int | None:
        """What the keeper has written, once it has ended; None when it was killed before."""
        if self.status is None:
            return None
        try:
            record = os.read(self.status, STATUS.size)
        except BlockingIOError:  # a script whose keeper was killed may just be starting, and hold the pipe
            return None
        return STATUS.unpack(record)[0] if len(record) == STATUS.size else None

    def close_status(self) -> None:
        """Close the keeper's pipe."""
        if self.status is not None:
            os.close(self.status)


def start(sandbox: Sandbox, find_script: FindScript, *, network: bool, errors: int | None) -> Started:
    """Fork; what ``find_script`` gives runs in the new process, and its result becomes the exit code.

    What goes wrong there is told on the descriptor ``errors``. ``network`` leaves the run the machine's own net, where
    the isolation could take it. Raises OSError when the fork fails. The caller must have one thread.
    """
    zygote = _Zygote(os.getpid(), linux.open_pidfd(os.getpid()))
    read, write = os.pipe()
    try:
        os.set_blocking(read, False)
        pid = linux.clone(linux.NEWPID) if sandbox.isolation is Isolation.NAMESPACES else os.fork()
        if pid == 0:
            if errors is not None:
                os.dup2(errors, 2)
            match sandbox.isolation:
                case Isolation.NAMESPACES:
                    leave_with(lambda: _in_namespaces(sandbox, find_script, zygote, network, write))
                case Isolation.SUBREAPER:
                    leave_with(lambda: _under_subreaper(sandbox, find_script(write), zygote, write))
                case Isolation.PROCESS_GROUP:
                    leave_with(lambda: _in_process_group(sandbox, find_script(write), zygote))
    except OSError:
        os.close(read)
        raise
    finally:
        os.close(write)
        if zygote.pidfd is not None:
            os.close(zygote.pidfd)
    if sandbox.isolation is Isolation.PROCESS_GROUP:
        os.close(read)
        return Started(pid, linux.open_pidfd(pid), None)
    return Started(pid, linux.open_pidfd(pid), read)


@dataclass(frozen=True)
class _Zygote:
    """The process that forks, as its child has to know it."""

    pid: int
    pidfd: int | None


def leave_with(body: Callable[[], int]) -> NoReturn:
    """Run ``body`` and leave the process, whatever it raises: the zygote's own code must not go on in a fork."""
    code = 1
    try:
        code = body()
    except SandboxError as error:
        sys.stderr.write(f"The sandbox could not be set up: {error}\n")
        sys.stderr.flush()
    finally:
        try:
            if sys.exc_info()[1] is not None:
                traceback.print_exc()
        finally:
            os._exit(code & 0xFF)


def _die_with(parent: int, pidfd: int | None, signum: int) -> None:
    """Have ``signum`` end this process when its parent ends; leave at once if that has happened already."""
    linux.set_parent_death_signal(signum)
    if pidfd is None:
        gone = os.getppid() != parent
    else:
        # In a new pid namespace getppid() is 0 whatever happens outside.
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        gone = bool(poller.poll(0))
    if gone:
        os._exit(1)


def _in_process_group(sandbox: Sandbox, script: Script, zygote: _Zygote) -> int:
    if sys.platform == "linux":
        _die_with(zygote.pid, None, signal.SIGKILL)
    sandbox.enter_folder(script.folder, network=script.network)
    return script.call()


def _in_namespaces(sandbox: Sandbox, find_script: FindScript, zygote: _Zygote, network: bool, status: int) -> int:
    _forget_wakeup()
    _die_with(zygote.pid, zygote.pidfd, signal.SIGKILL)
    sandbox.surround_run(network=network)
    script = find_script(status)
    sandbox.enter_folder(script.folder, network=script.network)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        leave_with(script.call)
    _close_all_but(status)
    wait_status, look = None, time.monotonic() + _LOOK_SECONDS
    while wait_status is None:
        if signal.sigtimedwait({signal.SIGCHLD}, max(0.0, look - time.monotonic())) is not None:
            wait_status = _reap(pid)
        if wait_status is None and time.monotonic() >= look:  # by the clock: children that end must not put it off
            if excess := over(script.ceiling, _others(), *sandbox.folders(script.folder)):
                os.write(status, STATUS.pack(EXCESS[excess]))
                return 0  # the kernel ends all others with this process
            look = time.monotonic() + _LOOK_SECONDS
    os.write(status, STATUS.pack(os.waitstatus_to_exitcode(wait_status)))
    return 0


def _others() -> list[int]:
    """The processes of this pid namespace but this one."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and entry.name != "1"]


def _under_subreaper(sandbox: Sandbox, script: Script, zygote: _Zygote, status: int) -> int:
    _forget_wakeup()
    os.setsid()  # the script may signal its own group
    watched = {signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    linux.become_subreaper()
    _die_with(zygote.pid, zygote.pidfd, signal.SIGTERM)
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, watched)
        _die_with(keeper, None, signal.SIGKILL)
        sandbox.enter_folder(script.folder, network=script.network)
        leave_with(script.call)
    _close_all_but(status)
    wait_status, excess, look = None, "", time.monotonic() + _LOOK_SECONDS
    while wait_status is None and not excess:
        told = signal.sigtimedwait(watched, max(0.0, look - time.monotonic()))
        if told is not None and told.si_signo != signal.SIGCHLD:  # asked to end, or the zygote is gone
            break
        if told is not None:
            wait_status = _reap(pid)
        if wait_status is None and time.monotonic() >= look:
            excess = over(script.ceiling, descendants(keeper), script.folder, ())
            look = time.monotonic() + _LOOK_SECONDS
    if wait_status is None:
        os.kill(pid, signal.SIGKILL)
        wait_status = os.waitpid(pid, 0)[1]
    if not sweep(SWEEP_SECONDS):
        return 1
    os.write(status, STATUS.pack(EXCESS[excess] if excess else os.waitstatus_to_exitcode(wait_status)))
    return 0


def _reap(script: int) -> int | None:
    """Reap what has ended; the wait status of the script when it is among that."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == script:
                return ended[1]
    return None


def _forget_wakeup() -> None:
    """Undo the zygote's own way to hear of a child's end."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _close_all_but(kept: int) -> None:
    os.closerange(0, kept)
    os.closerange(kept + 1, MAX_ZYGOTE_FDS)
