"""Which layers work on this system, found out by putting them on for a process that is thrown away."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dm_mcp.workers.keeper import Script, leave_with, start
from dm_mcp.workers.layers import Layer, SandboxError, layer
from dm_mcp.workers.root import readable
from dm_mcp.workers.sandbox import Isolation, Sandbox
from dm_mcp.workers.usage import Ceiling

__all__ = ["Found", "choose"]

_SECONDS = 10.0
_MEMORY = 1 << 40
_MOST_TEXT = 4096
_NEEDS: dict[Layer, Layer] = {
    Layer.ROOT: Layer.NAMESPACES,
    Layer.USER: Layer.ROOT,
    Layer.USER_NAMESPACE: Layer.NAMESPACES,
}
"""Layers that only stand on another."""


class Found(NamedTuple):
    """What `choose` has found."""

    sandbox: Sandbox
    layers: dict[str, str]
    """For each layer by name why it is off; empty when it is on."""
    note: str
    """A sentence for people."""


def choose(path: Sequence[str], forced: Isolation | None, without: Sequence[str]) -> Found:
    """The best that works here, or the forced isolation, less the layers ``without``.

    Everything is tried for real, in a process thrown away after: a system may let the first step through and refuse a
    later one, as Ubuntu 24.04 does. Raises `SandboxError` when the forced isolation does not work.
    """
    if sys.platform != "linux" or not Path("/proc/self/stat").exists():
        if forced and forced is not Isolation.PROCESS_GROUP:
            raise SandboxError(f"{forced} needs Linux with /proc")
        return _only_group(path, "this system does not have it")
    if forced is Isolation.PROCESS_GROUP:
        return _only_group(path, "left out, as asked for")
    off = dict.fromkeys(map(Layer, without), "left out, as asked for")
    if forced is Isolation.SUBREAPER:
        off[Layer.NAMESPACES] = "left out, as asked for"
    while True:
        sandbox = _sandbox(path, off)
        failed = _try(sandbox)
        if failed is None:
            break
        reason, of = failed
        if of is None or of in off:
            raise SandboxError(reason)
        off[of] = reason
    if forced and sandbox.isolation is not forced:
        raise SandboxError(off[Layer.NAMESPACES])
    return Found(sandbox, {each: off.get(each, "") for each in Layer}, _note(sandbox.isolation, off))


def _only_group(path: Sequence[str], reason: str) -> Found:
    layers = dict.fromkeys(Layer, reason)
    return Found(Sandbox(Isolation.PROCESS_GROUP, path=path), {**layers}, f"A run is only a process group: {reason}.")


def _sandbox(path: Sequence[str], off: dict[Layer, str]) -> Sandbox:
    """The sandbox of all layers that are not off; those that stand on one that is off are so too."""
    for each, needed in _NEEDS.items():
        if each is Layer.USER and os.geteuid():
            continue  # the server's own user is an ordinary one
        if needed in off and each not in off:
            off[each] = f"needs {needed}"
    isolation = Isolation.SUBREAPER if Layer.NAMESPACES in off else Isolation.NAMESPACES
    return Sandbox(isolation, frozenset(Layer) - off.keys(), path)


def _note(isolation: Isolation, off: dict[Layer, str]) -> str:
    if isolation is Isolation.NAMESPACES:
        inside = " in a user namespace" if os.geteuid() else ""
        return f"A run has pid, mount, ipc, uts and net namespaces of its own{inside}."
    return (
        f"A run has no namespaces of its own ({off[Layer.NAMESPACES]}): only the other layers keep it from what is not "
        "its own. What it leaves is swept up by a supervising process."
    )


def _try(sandbox: Sandbox) -> tuple[str, Layer | None] | None:
    """Start a script with all these layers: why it fails here and by which layer, None when it works."""
    read, write = os.pipe()
    folder = tempfile.mkdtemp()
    try:
        trial = os.fork()
        if trial == 0:
            os.dup2(write, 2)
            leave_with(lambda: _as_zygote(sandbox, folder))
        os.close(write)
        with open(read, "rb") as errors:  # noqa: PTH123 - a descriptor
            text = errors.read(_MOST_TEXT).decode(errors="replace").strip()
        status = os.waitstatus_to_exitcode(os.waitpid(trial, 0)[1])
        if status == 0 and (reason := _left(folder)):
            return reason, Layer.USER
    finally:
        os.chown(folder, os.geteuid(), os.getegid())
        shutil.rmtree(folder, ignore_errors=True)
    if status == 0:
        return None
    told = text.partition("could not be set up: ")[2] or text.rpartition("\n")[2] or f"the trial ended with {status}"
    name, _, reason = told.partition(": ")
    return (reason, Layer(name)) if name in set(Layer) else (told, None)


def _left(folder: str) -> str:
    """Why the server can't clear up a folder that it has given to a run's user; empty when it can."""
    try:
        Path(folder, "trial").unlink()
    except OSError as error:
        return f"what a run leaves could not be removed: {error.strerror}"
    return ""


def _as_zygote(sandbox: Sandbox, folder: str) -> int:
    """Do what a zygote does for one run, and give the status of that run's script."""
    sandbox.surround_zygote()
    needed = [each for each in readable(sandbox.path, network=False) if Path(each).is_dir()]
    script = Script(folder, False, Ceiling(_MEMORY, _MEMORY), lambda: _as_script(sandbox, needed))
    started = start(sandbox, lambda _: script, network=False, errors=2)
    if started.pidfd is None:
        raise SandboxError("the kernel has no pidfd", Layer.NAMESPACES)
    in_time = bool(select.select([started.pidfd], [], [], _SECONDS)[0])
    if not in_time:
        os.kill(started.pid, signal.SIGKILL)
    os.waitpid(started.pid, 0)
    if not in_time:
        raise SandboxError(f"a trial took more than {_SECONDS:g} s", Layer.NAMESPACES)
    return 0 if started.read_status() == 0 else 1


def _as_script(sandbox: Sandbox, needed: Sequence[str]) -> int:
    """What scripts count on: to be in processes of their own, to write in their folder, to import."""
    sandbox.confine(memory=_MEMORY, network=False)
    with layer("folder"):
        Path("trial").write_text("")
    if Layer.ROOT in sandbox.layers:
        with layer(Layer.USER if Layer.USER in sandbox.layers else Layer.ROOT):
            for folder in (*needed, "/dev/shm", "/tmp"):  # noqa: S108 - the run's own
                next(Path(folder).iterdir(), None)
            Path("/etc/passwd").read_bytes()
            Path("/dev/null").write_bytes(b"x")
    if sandbox.isolation is Isolation.NAMESPACES:
        with layer(Layer.NAMESPACES):
            if os.getpid() == 1 or str(Path("/proc/self").readlink()) != str(os.getpid()):
                raise OSError("its /proc is not its own")
    return 0
