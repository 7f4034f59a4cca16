"""A run's own root: the interpreter and what belongs to it, read-only, and beside that only what is the run's.

The zygote builds what all runs share once (`build_root`), out of sight in a mount namespace of its own. A run's keeper
adds the run's folder, ``/tmp``, ``/dev/shm`` and ``/proc``, and makes it the root (`Root.enter`): nothing else of the
machine's files has a name any more.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dm_mcp
from dm_mcp.workers import mounts
from dm_mcp.workers.mounts import NODEV, NOEXEC, NOSUID, READ_ONLY

__all__ = ["DEVICES", "FOLDER", "TEMPORARY", "Root", "build_root", "readable"]

FOLDER = "/run"
"""The run's folder inside."""
TEMPORARY = {"/tmp": ("64m", "4096"), "/dev/shm": ("16m", "256")}  # noqa: S108 - the run's own
"""Its folders in memory: the most bytes and inodes of each. What lies there counts as memory of the run."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_STAGE = "/sys"
"""Where it is built: a folder that every Linux has and nobody needs here. It is mounted over, not written to."""
_SYSTEM = (
    "/bin",
    "/lib",
    "/lib64",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/pki/tls/certs",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)
"""Programs, shared libraries, certificates and time zones."""
_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg", "share/zoneinfo", "ssl")
"""What belongs to an interpreter in its folder; the last is where conda has its certificates."""
_RESOLVER = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services")
"""What finds an address by its name: for runs with the machine's network."""
_PACKAGE = str(Path(dm_mcp.__file__).parent)
_MOST_LINKS = 64
_CONCEALED = READ_ONLY | NOSUID | NODEV


def readable(path: Sequence[str], *, network: bool) -> list[str]:
    """The paths outside its own folders that a script may read; to be asked when what it needs has been imported.

    That is the interpreter with what is installed there, this package, and ``path``. What else is on ``sys.path``, as
    by a package installed in place, is not, nor is what else lies in the interpreter's folder: such a folder may hold a
    workspace too.
    """
    with Path("/proc/self/maps").open() as maps:
        mapped = [line.split(maxsplit=5)[-1].strip() for line in maps]
    libraries = {str(Path(path).parent) for path in mapped if path.startswith("/") and ".so" in path}
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    installed = {f"{prefix}/{part}" for prefix in prefixes for part in _PARTS}
    found = {*installed, *libraries, _PACKAGE, *path, *_SYSTEM, *(_RESOLVER if network else ())}
    return [each for each in sorted(map(os.path.normpath, found)) if Path(each).exists()]


@dataclass(frozen=True)
class Root:
    """What `build_root` has made, as a keeper needs to know it."""

    covered: tuple[str, ...]
    """Shared paths below one of `TEMPORARY`, which have to be shown again once that lies over them."""
    links: tuple[tuple[str, str], ...]
    """Symbolic links there, and where they lead."""

    def enter(self, folder: str, *, network: bool) -> None:
        """Make it the root of this process, which must be in namespaces of its own, and ``folder`` the run's in it.

        Raises OSError.
        """
        os.umask(0o022)  # as in `build_root`; a script gets a mask of its own
        again = [(path, mounts.copy_of(_STAGE + path, 0)) for path in self.covered]
        for path, (size, inodes) in TEMPORARY.items():
            mounts.new("tmpfs", _STAGE + path, NOSUID | NODEV, size=size, nr_inodes=inodes, mode="1777")
        for path, tree in again:
            _make_place(path)
            mounts.attach(tree, _STAGE + path)
        for path, target in self.links:
            _make_link(path, target)
        mounts.bind(folder, _STAGE + FOLDER, NOSUID | NODEV, recursive=False)
        mounts.new("proc", f"{_STAGE}/proc", NOSUID | NODEV | NOEXEC, hidepid="invisible", subset="pid")
        for path in _RESOLVER if network else ():
            if Path(path).exists():
                mounts.bind(os.path.realpath(path), _STAGE + path, _CONCEALED)
        mounts.seal(_STAGE)
        mounts.pivot(_STAGE)
        os.chdir(FOLDER)


def build_root(user: int, group: int, path: Sequence[str]) -> Root:
    """Make what all runs share, in the mount namespace of this process, which must be its own. Raises OSError.

    ``user`` and ``group`` are the script's, to have a name inside; ``path`` is what it may read beside the interpreter.
    Call it after the imports, with the right to mount.
    """
    mounts.make_dependent()
    mask = os.umask(0o022)  # for the folders that lead to what is shown: a script's user must pass
    try:
        return _build(user, group, path)
    finally:
        os.umask(mask)


def _build(user: int, group: int, path: Sequence[str]) -> Root:
    mounts.new("tmpfs", _STAGE, NOSUID | NODEV, size="1m", nr_inodes="4096", mode="0755")
    for folder in ("/etc", "/proc", FOLDER, *TEMPORARY):
        Path(_STAGE + folder).mkdir(parents=True)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path(f"{_STAGE}/dev/{name}").symlink_to(target)
    shown: set[str] = set()
    links: dict[str, str] = {}
    for device in DEVICES:
        _show(device, READ_ONLY | NOSUID | NOEXEC, shown, links)  # without NODEV: it has to stay a device
    for each in sorted(readable(path, network=False), key=lambda each: (os.path.realpath(each).count("/"), each)):
        _show(each, _CONCEALED, shown, links)
    for each in _RESOLVER:
        Path(_STAGE + each).touch()
    Path(f"{_STAGE}/etc/passwd").write_text(f"scenario:x:{user}:{group}::{FOLDER}:/bin/sh\n")
    Path(f"{_STAGE}/etc/group").write_text(f"scenario:x:{group}:\n")
    hidden = tuple(f"{folder}/" for folder in TEMPORARY)
    return Root(
        tuple(each for each in shown if each.startswith(hidden)),
        tuple((each, target) for each, target in links.items() if each.startswith(hidden)),
    )


def _show(path: str, attributes: int, shown: set[str], links: dict[str, str]) -> None:
    """Show a path at its own place, with the symbolic links that lead to it. Those above others have to come first."""
    real = _follow(path, shown, links)
    if real is None:
        return
    if real in ("/", FOLDER, *TEMPORARY) or real.startswith((f"{FOLDER}/", "/proc/", "/sys/")):
        raise OSError(errno.EBUSY, f"the interpreter needs {real}, where a run has something of its own")
    _make_place(real)
    mounts.bind(real, _STAGE + real, attributes)
    shown.add(real)


def _make_place(path: str) -> None:
    """Make what a mount of this path can lie on: a folder, or a file."""
    inside = Path(_STAGE + path)
    inside.parent.mkdir(parents=True, exist_ok=True)
    inside.mkdir(exist_ok=True) if Path(path).is_dir() else inside.touch()


def _make_link(path: str, target: str) -> None:
    inside = Path(_STAGE + path)
    inside.parent.mkdir(parents=True, exist_ok=True)
    if not inside.is_symlink():
        inside.symlink_to(target)


def _follow(path: str, shown: set[str], links: dict[str, str]) -> str | None:
    """Repeat the links of a path inside; where it leads to, or None when something that is shown already holds it."""
    done, left = Path("/"), list(Path(path).parts[1:])
    for _ in range(_MOST_LINKS):
        if not left:
            return str(done)
        step = done / left[0]
        if str(step) in shown:
            return None
        if step.is_symlink():
            links[str(step)] = str(step.readlink())
            _make_link(str(step), links[str(step)])
            whole = os.path.normpath(done.joinpath(step.readlink(), *left[1:]))
            done, left = Path("/"), list(Path(whole).parts[1:])
            continue
        done, left = step, left[1:]
    raise OSError(errno.ELOOP, f"too many symbolic links on the way to {path}")
