"""The system calls that a script is refused: a seccomp filter, for x86_64 and aarch64.

What is refused makes namespaces or mounts, looks into other processes, loads code into the kernel, reaches files past
their folders, sets the machine's own state, or takes memory that `RLIMIT_AS` does not count. The numbers are those of
Linux's ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``; those from 424 on are the
same on both. The form of a filter: https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import NamedTuple

from dm_mcp.workers.linux import set_seccomp_filter

__all__ = ["REFUSED", "REFUSED_AMONG_OTHERS", "refuse_system_calls"]


class _Machine(NamedTuple):
    """An architecture: its number as <linux/audit.h> has it, and where its numbers stand in the tables."""

    audit: int
    column: int


_MACHINES = {"x86_64": _Machine(0xC000003E, 0), "aarch64": _Machine(0xC00000B7, 1)}

REFUSED: dict[str, tuple[int, int]] = {
    # namespaces, mounts and roots
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # files past their folders, and those of others
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # the kernel: code, keys, a larger surface
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "lookup_dcookie": (212, 18),
    "personality": (135, 92),
    # the machine's own state
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    # memory that no limit of address space counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
"""Names and their numbers on x86_64 and aarch64. Each fails with EPERM."""

REFUSED_AMONG_OTHERS: dict[str, tuple[int, int]] = {
    # files of the same user, whose modes Landlock leaves open
    "chmod": (90, 52),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 54),
    "fchown": (93, 55),
    "lchown": (94, 54),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    # processes of the same user
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
}
"""Refused as well where a run is among the machine's own files and processes: without a root of its own."""

_X86_ONLY = {"iopl": (172, 172), "ioperm": (173, 173), "modify_ldt": (154, 154)}
_X32_BIT = 0x40000000
"""Set in the numbers of x86_64's other calling convention, by which every call could be made anew."""
_CLONE, _CLONE3, _SOCKET, _SOCKETPAIR, _PRLIMIT = (56, 220), 435, (41, 198), (53, 199), (302, 261)
"""Of clone3 the flags lie in memory, where a filter can't read them; where it is missing the C library uses clone."""
_NAMESPACES = 0x7E020000
"""Those flags of clone(2) that make namespaces: <linux/sched.h>, CLONE_NEW..."""
_UNIX, _INTERNET, _NETLINK = (1,), (2, 10), (16,)
"""Kinds of sockets: see socket(2). getaddrinfo asks netlink for the machine's addresses."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
"""Places in struct seccomp_data; of an argument the low half comes first."""
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000

_Line = tuple[int, int, int, int]


def refuse_system_calls(*, alone: bool, network: bool) -> None:
    """Refuse this process, and what it starts, the calls of `REFUSED` from now on.

    One that is not ``alone``, in a root and namespaces of its own, loses those of `REFUSED_AMONG_OTHERS` too, sockets
    with names in the file system, and without ``network`` all that lead elsewhere. It must forbid new privileges
    before. Raises OSError where the kernel has no such filter, or the machine is neither x86_64 nor aarch64.
    """
    machine = _MACHINES.get(os.uname().machine)
    if machine is None:
        raise OSError(errno.ENOSYS, f"no filter of system calls is known for {os.uname().machine}")
    set_seccomp_filter(_program(machine, alone=alone, network=network))


def _program(machine: _Machine, *, alone: bool, network: bool) -> bytes:
    """The filter's instructions: code, lines to skip if so, lines to skip if not, value."""
    at = machine.column
    refused = REFUSED | ({} if alone else REFUSED_AMONG_OTHERS) | (_X86_ONLY if at == 0 else {})
    families = (*(_UNIX if alone else ()), *(_INTERNET if alone or network else ()), *_NETLINK)
    # Without the net the answer is the one that a namespace without it gives.
    unknown = errno.EAFNOSUPPORT if alone or network else errno.ENETUNREACH
    lines: list[_Line] = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _KILL)]
    lines += [(_LOAD, 0, 0, _NUMBER)]
    if at == 0:
        lines += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    lines += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _FAIL | errno.ENOSYS)]
    for number in sorted({each[at] for each in refused.values()}):
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _FAIL | errno.EPERM)]
    lines += _when(_CLONE[at], [(_ANY_BIT, 0, 1, _NAMESPACES), (_RETURN, 0, 0, _FAIL | errno.EPERM)])
    lines += _when(_SOCKET[at], _only(families, unknown))
    lines += _when(_SOCKETPAIR[at], _only(_UNIX, errno.EAFNOSUPPORT))
    lines += _when(_PRLIMIT[at], _only((0,), errno.EPERM))  # of this process alone
    lines += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _when(number: int, then: list[_Line]) -> list[_Line]:
    """Do this with the first argument of a call, and leave the call's number in place."""
    body: list[_Line] = [(_LOAD, 0, 0, _ARGUMENT), *then, (_LOAD, 0, 0, _NUMBER)]
    return [(_EQUAL, 0, len(body), number), *body]


def _only(values: tuple[int, ...], error: int) -> list[_Line]:
    """Fail with ``error`` unless what is loaded is one of the values."""
    tests: list[_Line] = [(_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [*tests, (_RETURN, 0, 0, _FAIL | error)]
