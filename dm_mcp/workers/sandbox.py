"""Putting a run's layers on: round the zygote, round the run's first process, and last on the script itself.

There are three ways to hold a run's processes together, best first:

- ``namespaces``: pid, mount, ipc, uts and net namespaces of its own. The kernel ends everything inside when the first
  process there ends.
- ``subreaper``: a supervising process inherits whatever loses its parent and sweeps it up at the end. Linux without
  namespaces, such as a locked-down container.
- ``process-group``: a session of its own, killed as a group. Other systems; what leaves the group is not found.

The other layers (`dm_mcp.workers.layers`) are put on where they work.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dm_mcp.workers import linux
from dm_mcp.workers.landlock import allow_only
from dm_mcp.workers.layers import Layer, SandboxError, layer
from dm_mcp.workers.root import DEVICES, FOLDER, TEMPORARY, Root, build_root, readable
from dm_mcp.workers.system_calls import refuse_system_calls

__all__ = [
    "MAX_FDS",
    "MAX_ZYGOTE_FDS",
    "Isolation",
    "Sandbox",
    "SandboxError",
    "allow_descriptors",
    "limit_descriptors",
]

MAX_FDS = 1024
"""Descriptors that a script may have open."""
MAX_ZYGOTE_FDS = 8192
"""Descriptors that a zygote may have open. More than a script's: the kernel lets no process send one while those that
are under way between all processes of its user are more than its own limit."""
MAX_PROCESSES = 512
"""Processes and threads of a run, where they are counted by themselves."""
SCRIPT_USER = 60705
"""The user number that scripts of root's servers run under: systemd's map leaves it unused, and the embedded
PostgreSQL's users start after it. https://systemd.io/UIDS-GIDS"""

_ON_LINUX = sys.platform == "linux"


class Isolation(StrEnum):
    """How a run's processes are held together."""

    NAMESPACES = "namespaces"
    SUBREAPER = "subreaper"
    PROCESS_GROUP = "process-group"


@dataclass
class Sandbox:
    """The layers of one zygote's runs."""

    isolation: Isolation
    layers: frozenset[Layer] = frozenset()
    path: Sequence[str] = ()
    """Folders that a script may import from, beside the interpreter's."""
    _user: int = field(default_factory=os.geteuid)
    _group: int = field(default_factory=os.getegid)
    _root: Root | None = None
    _readable: tuple[Sequence[str], Sequence[str]] = ((), ())

    @property
    def _changes_user(self) -> bool:
        return Layer.USER in self.layers and self._user == 0

    @property
    def script_user(self) -> tuple[int, int]:
        """The user and group that a script has."""
        return (SCRIPT_USER, SCRIPT_USER) if self._changes_user else (self._user, self._group)

    def folders(self, folder: str) -> tuple[str, tuple[str, ...]]:
        """What a run's folder is called where its first process is, and those of its folders that are in memory."""
        return (folder, ()) if self._root is None else (FOLDER, tuple(TEMPORARY))

    def surround_zygote(self) -> None:
        """Prepare this process, the zygote, to fork runs: to be called once, after its imports. Raises `SandboxError`.

        With namespaces it moves into a mount namespace, and an ordinary user into a user namespace, which gives the
        rights that the runs' own namespaces take.
        """
        if self.isolation is Isolation.SUBREAPER:
            linux.become_subreaper()
        if Layer.LANDLOCK in self.layers:
            self._readable = (readable(self.path, network=False), readable(self.path, network=True))
        if self.isolation is not Isolation.NAMESPACES:
            return
        with layer(Layer.NAMESPACES):
            linux.unshare(linux.NEWNS | (linux.NEWUSER if self._user else 0))
            if self._user:
                _map_itself(self._user, self._group)
        if Layer.ROOT in self.layers:
            with layer(Layer.ROOT):
                self._root = build_root(*self.script_user, self.path)

    def surround_run(self, *, network: bool) -> None:
        """Finish the namespaces round the run's first process; ``network`` leaves it the machine's own net.

        Raises `SandboxError`.
        """
        with layer(Layer.NAMESPACES):
            linux.unshare(linux.NEWNS | linux.NEWIPC | linux.NEWUTS | (0 if network else linux.NEWNET))
            linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
            socket.sethostname("worker")
            if self._root is None:
                linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)

    def enter_folder(self, folder: str, *, network: bool) -> None:
        """Go to the run's folder, for good where there is a root of its own. Raises `SandboxError`."""
        with layer("folder"):
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if self._changes_user:
                with layer(Layer.USER):
                    os.fchown(opened, *self.script_user)
            if self._root is not None:
                with layer(Layer.ROOT):
                    self._root.enter(f"/proc/self/fd/{opened}", network=network)
            else:
                with layer("folder"):
                    os.fchdir(opened)
        finally:
            os.close(opened)

    def confine(self, *, memory: int, network: bool) -> None:
        """Take from this process what a script does not need; the last thing before it. Raises `SandboxError`.

        ``memory`` is the address space in bytes, for each process of the run by itself. On Linux the process also loses
        its capabilities and can't get them back. Root without a user layer keeps the one to pass over file modes, which
        it has with or without a worker: its server may sit in an ordinary user's closed folder.
        """
        if self._changes_user:
            with layer(Layer.USER):
                os.setgroups([])
                os.setresgid(SCRIPT_USER, SCRIPT_USER, SCRIPT_USER)
                os.setresuid(SCRIPT_USER, SCRIPT_USER, SCRIPT_USER)
        if Layer.USER_NAMESPACE in self.layers:
            with layer(Layer.USER_NAMESPACE):
                linux.set_dumpable()
                linux.unshare(linux.NEWUSER)
                _map_itself(*self.script_user)
                _limit(resource.RLIMIT_NPROC, MAX_PROCESSES)
        with layer("limits"):
            _limit(resource.RLIMIT_CORE, 1)  # 0 would let a program that the kernel pipes it to have it: see core(5)
            limit_descriptors()
        if not _ON_LINUX:
            # macOS knows the limit's name and refuses most values.
            with contextlib.suppress(OSError, ValueError):
                _limit(resource.RLIMIT_AS, memory)
            return
        with layer("memory limit"):
            _limit(resource.RLIMIT_AS, min(memory, 2**62))
        with layer("capabilities"):
            linux.keep_capabilities(frozenset() if os.geteuid() else frozenset({linux.CAP_DAC_OVERRIDE}))
            linux.forbid_new_privileges()
        if Layer.LANDLOCK in self.layers:
            with layer(Layer.LANDLOCK):
                self._lock_files(network=network)
        if Layer.SYSTEM_CALLS in self.layers:
            with layer(Layer.SYSTEM_CALLS):
                refuse_system_calls(alone=self._root is not None, network=network)

    def _lock_files(self, *, network: bool) -> None:
        if self._root is not None:
            allow_only(["/"], [FOLDER, *TEMPORARY, *DEVICES], network=True)
        elif self.isolation is Isolation.NAMESPACES:  # where there is no net at all, which says so in plainer words
            allow_only([*self._readable[network], "/proc"], [".", *DEVICES], network=True)
        else:  # the machine's own /proc tells of other processes
            allow_only([*self._readable[network], "/proc/self"], [".", *DEVICES], network=network)


def limit_descriptors(most: int = MAX_FDS) -> None:
    """Have no descriptor of ``most`` or above from now on: what closes all of them need not look further."""
    _limit(resource.RLIMIT_NOFILE, most)


def allow_descriptors() -> None:
    """Let this process, a server, have as many descriptors as a zygote, where it may: see `MAX_ZYGOTE_FDS`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_ZYGOTE_FDS if hard == resource.RLIM_INFINITY else min(MAX_ZYGOTE_FDS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _limit(kind: int, value: int) -> None:
    """Lower a limit to ``value``; one that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _map_itself(user: int, group: int) -> None:
    """Keep user and group in a new user namespace as they were outside."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
