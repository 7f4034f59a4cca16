"""Landlock: the files a script may reach, and what else of the kernel's it may use, whatever its rights are.

See https://docs.kernel.org/userspace-api/landlock.html and <linux/landlock.h>. A kernel tells which version it has;
what it does not know yet is left out.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from dm_mcp.workers.linux import syscall

__all__ = ["allow_only"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ALL_OF_VERSION = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""Rights on files by the version that knew them first: 13, then to move between folders, truncate, ioctl on devices."""
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
"""Those rights that a rule for a file, not a folder, may give."""
_MAKE_DEVICES = 1 << 6 | 1 << 11
"""To make character and block devices: given to nobody."""
_BIND_TCP, _CONNECT_TCP = 1, 2
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2


def allow_only(read: Iterable[str], write: Iterable[str], *, network: bool) -> None:
    """Let this process, and what it starts, reach no files but those at and below these paths, for good.

    Paths that are not there are passed over. Where the kernel can, signals and abstract sockets reach none outside,
    and without ``network`` TCP is closed. The process must forbid new privileges before. Raises OSError.
    """
    version = syscall("landlock", _CREATE_RULESET, 0, 0, _ASK_VERSION)
    rights = sum(bits for first, bits in _ALL_OF_VERSION.items() if first <= version)
    tcp = 0 if network or version < 4 else _BIND_TCP | _CONNECT_TCP
    scopes = _ABSTRACT_SOCKETS | _SIGNALS if version >= 6 else 0
    attributes = struct.pack("=QQQ", rights, tcp, scopes)
    known = attributes[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = syscall("landlock_create_ruleset", _CREATE_RULESET, known, len(known), 0)
    try:
        for path in read:
            _add(rules, path, _READ & rights)
        for path in write:
            _add(rules, path, rights & ~_MAKE_DEVICES)
        syscall("landlock_restrict_self", _RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _add(rules: int, path: str, rights: int) -> None:
    try:
        found = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(found).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, found)  # struct landlock_path_beneath_attr, which is packed
        syscall(f"landlock_add_rule {path}", _ADD_RULE, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(found)
