"""Mounts through Linux's newer calls, which make a mount ready before it is seen anywhere. Linux 5.12 or later.

``open_tree``, ``move_mount``, ``fsopen``, ``fsconfig``, ``fsmount`` and ``mount_setattr`` have the same number on every
architecture: https://docs.kernel.org/userspace-api/mount_api.html, <linux/mount.h>. Each function raises OSError.
"""

from __future__ import annotations

import os
import struct

from dm_mcp.workers.linux import pivot_root, syscall, unmount

__all__ = [
    "NODEV",
    "NOEXEC",
    "NOSUID",
    "READ_ONLY",
    "attach",
    "bind",
    "copy_of",
    "make_dependent",
    "new",
    "pivot",
    "seal",
]

READ_ONLY = 1
NOSUID = 2
NODEV = 4
NOEXEC = 8
"""``MOUNT_ATTR_...``"""

_OPEN_TREE, _MOVE_MOUNT, _FSOPEN, _FSCONFIG, _FSMOUNT, _MOUNT_SETATTR = 428, 429, 430, 431, 432, 442
_HERE = -100  # AT_FDCWD
_EMPTY_PATH, _RECURSIVE = 0x1000, 0x8000  # AT_...
_CLONE, _CLOSE_ON_EXEC = 1, os.O_CLOEXEC  # OPEN_TREE_...
_SET_STRING, _CREATE = 1, 6  # FSCONFIG_...
_FROM_EMPTY_PATH = 4  # MOVE_MOUNT_F_EMPTY_PATH
_SLAVE = 1 << 19  # MS_SLAVE


def copy_of(path: str, attributes: int, *, recursive: bool = True) -> int:
    """A descriptor of a copy of the tree at ``path``, attached nowhere yet, with more ``attributes``.

    Attributes are added alone: those that the kernel has locked in a user namespace need not be told again.
    """
    deep = _RECURSIVE if recursive else 0
    tree = syscall(f"open_tree {path}", _OPEN_TREE, _HERE, path, _CLONE | _CLOSE_ON_EXEC | deep)
    try:
        _set(f"mount_setattr {path}", tree, b"", _EMPTY_PATH | deep, attributes)
    except OSError:
        os.close(tree)
        raise
    return tree


def attach(tree: int, path: str) -> None:
    """Put what the descriptor stands for at ``path``, and close it."""
    try:
        syscall(f"move_mount {path}", _MOVE_MOUNT, tree, b"", _HERE, path, _FROM_EMPTY_PATH)
    finally:
        os.close(tree)


def bind(source: str, path: str, attributes: int, *, recursive: bool = True) -> None:
    """Show the tree at ``source`` at ``path`` too; never for a moment with fewer ``attributes``."""
    attach(copy_of(source, attributes, recursive=recursive), path)


def new(kind: str, path: str, attributes: int, **options: str) -> None:
    """Put a new file system, such as a tmpfs, at ``path``."""
    context = syscall(f"fsopen {kind}", _FSOPEN, kind, 1)
    try:
        for name, value in options.items():
            syscall(f"fsconfig {kind} {name}={value}", _FSCONFIG, context, _SET_STRING, name, value, 0)
        syscall(f"fsconfig {kind}", _FSCONFIG, context, _CREATE, 0, 0, 0)
        tree = syscall(f"fsmount {kind}", _FSMOUNT, context, 1, attributes)
    finally:
        os.close(context)
    attach(tree, path)


def make_dependent() -> None:
    """Have no mount of ours seen by the namespace that ours was copied from; those made there later are seen here."""
    _set("mount_setattr /", _HERE, b"/", _RECURSIVE, 0, propagation=_SLAVE)


def seal(path: str) -> None:
    """Make the mount at ``path``, not those below, read-only."""
    _set(f"mount_setattr {path}", _HERE, path, 0, READ_ONLY)


def pivot(path: str) -> None:
    """Make the mount at ``path`` the root of this process, and have the old one nowhere. See pivot_root(2)."""
    os.chdir(path)
    pivot_root(".", ".")
    unmount(".")
    os.chdir("/")


def _set(what: str, at: int, path: str | bytes, flags: int, attributes: int, propagation: int = 0) -> None:
    settings = struct.pack("=QQQQ", attributes, 0, propagation, 0)  # struct mount_attr
    syscall(what, _MOUNT_SETATTR, at, path, flags, settings, len(settings))
