"""The layers round a script: how its processes are held together, and what the script itself may still do.

Three ways to hold a run's processes, best first:

- ``namespaces``: pid, mount, ipc, uts and net namespaces of its own, and a user namespace when the server is not root.
  The kernel ends everything inside when the first process there ends.
- ``subreaper``: a supervising process inherits whatever loses its parent and sweeps it up at the end. Linux without
  namespaces, such as a locked-down container.
- ``process-group``: a session of its own, killed as a group. Other systems; what leaves the group is not found.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Generator
from enum import StrEnum
from pathlib import Path

from dm_mcp.workers import linux

__all__ = [
    "MAX_FDS",
    "Isolation",
    "SandboxError",
    "confine",
    "enter_namespaces",
    "first_namespaces",
    "limit_descriptors",
]

MAX_FDS = 1024
"""Descriptors that a script, and the zygote, may have open."""

_ON_LINUX = sys.platform == "linux"


class Isolation(StrEnum):
    """How a run's processes are held together."""

    NAMESPACES = "namespaces"
    SUBREAPER = "subreaper"
    PROCESS_GROUP = "process-group"


class SandboxError(RuntimeError):
    """Raised when a layer can't be put on; the message starts with the layer."""


@contextlib.contextmanager
def _layer(name: str) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise SandboxError(f"{name}: {error}") from error


def first_namespaces() -> int:
    """The namespaces that the run's first process is cloned into; it makes the others itself.

    A user namespace gives an ordinary user the right to make the others. Root needs none.
    """
    return linux.NEWPID | (linux.NEWUSER if os.geteuid() else 0)


def enter_namespaces(*, user: int, group: int, network: bool) -> None:
    """Finish the namespaces round the run's first process; ``network`` leaves it the machine's own net.

    ``user`` and ``group`` are the server's own ids: they stay the same inside. Raises `SandboxError`.
    """
    if user:
        with _layer("user namespace"):
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with _layer("mount, ipc and uts namespaces"):
        linux.unshare(linux.NEWNS | linux.NEWIPC | linux.NEWUTS)
    if not network:
        with _layer("net namespace"):
            linux.unshare(linux.NEWNET)
    with _layer("private mounts"):
        linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    with _layer("own /proc"):
        linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    with _layer("own host name"):
        socket.sethostname("worker")


def confine(*, memory: int) -> None:
    """Take from this process what a script does not need; the last thing before the script. Raises `SandboxError`.

    ``memory`` is the address space in bytes, for each process of the run by itself. On Linux the process also loses
    its capabilities and can't get them back. Root keeps the one to pass over file modes, which it has with or without
    a worker: a server started as root may sit in an ordinary user's closed folder.
    """
    with _layer("limits"):
        _limit(resource.RLIMIT_CORE, 0)
        limit_descriptors()
    if _ON_LINUX:
        with _layer("memory limit"):
            _limit(resource.RLIMIT_AS, min(memory, 2**62))
        with _layer("capabilities"):
            linux.keep_capabilities(frozenset() if os.geteuid() else frozenset({linux.CAP_DAC_OVERRIDE}))
            linux.forbid_new_privileges()
    else:
        # macOS knows the limit's name and refuses most values.
        with contextlib.suppress(OSError, ValueError):
            _limit(resource.RLIMIT_AS, memory)


def limit_descriptors() -> None:
    """Have no descriptor of `MAX_FDS` or above from now on: what closes all of them need not look further."""
    _limit(resource.RLIMIT_NOFILE, MAX_FDS)


def _limit(kind: int, value: int) -> None:
    """Lower a limit to ``value``; one that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
