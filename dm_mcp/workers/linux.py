"""The Linux system calls that Python's standard library does not have, through ctypes.

Importable everywhere; a call that the system lacks raises OSError.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct

__all__ = [
    "CAP_DAC_OVERRIDE",
    "MS_NODEV",
    "MS_NOEXEC",
    "MS_NOSUID",
    "MS_PRIVATE",
    "MS_REC",
    "NEWIPC",
    "NEWNET",
    "NEWNS",
    "NEWPID",
    "NEWUSER",
    "NEWUTS",
    "become_subreaper",
    "clone",
    "forbid_new_privileges",
    "keep_capabilities",
    "mount",
    "open_pidfd",
    "pivot_root",
    "set_dumpable",
    "set_parent_death_signal",
    "set_seccomp_filter",
    "syscall",
    "unmount",
    "unshare",
]

# <linux/sched.h>
NEWNS = 0x00020000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWUSER = 0x10000000
NEWPID = 0x20000000
NEWNET = 0x40000000

# <linux/mount.h>
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REC = 0x4000
MS_PRIVATE = 0x40000
_MNT_DETACH = 2  # <sys/mount.h>

# <linux/prctl.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_SECCOMP_MODE_FILTER = 2  # <linux/seccomp.h>

# <linux/capability.h>
CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522

# The number of clone(2); other architectures order its arguments differently or are untested.
_CLONE_NUMBER = {"x86_64": 56, "aarch64": 220}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
# PyDLL keeps the interpreter's lock during the call, so that the child owns it too.
_locked_libc = ctypes.PyDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def _prctl(option: int, value: int, what: str) -> None:
    _check(_libc.prctl(*map(ctypes.c_ulong, (option, value, 0, 0, 0))), what)


def set_parent_death_signal(signum: int) -> None:
    """Have the kernel send ``signum`` to this process when its parent dies. A parent that is dead already is missed."""
    _prctl(_PR_SET_PDEATHSIG, signum, "PR_SET_PDEATHSIG")


def set_dumpable() -> None:
    """Let this process, whose user has changed, have files of its own in ``/proc`` again. See proc(5)."""
    _prctl(_PR_SET_DUMPABLE, 1, "PR_SET_DUMPABLE")


def set_seccomp_filter(program: bytes) -> None:
    """Have the kernel ask ``program``, instructions of classic BPF, about each system call from now on, for good."""
    code = ctypes.create_string_buffer(program, len(program))
    described = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)), 16)
    arguments = (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(described), 0, 0)
    _check(_libc.prctl(*map(ctypes.c_ulong, arguments)), "PR_SET_SECCOMP")


def become_subreaper() -> None:
    """Become the parent of every descendant whose own parent dies."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, "PR_SET_CHILD_SUBREAPER")


def forbid_new_privileges() -> None:
    """Set ``no_new_privs``: no program that this process starts gains rights by set-user-id or file capabilities."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, "PR_SET_NO_NEW_PRIVS")


def unshare(flags: int) -> None:
    """Move this process into new namespaces: an or of ``NEW...``."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def syscall(what: str, number: int, *arguments: int | str | bytes) -> int:
    """Make a system call for which there is no function; ``what`` names it in the OSError."""
    given = [ctypes.c_long(a) if isinstance(a, int) else os.fsencode(a) for a in arguments]
    return _check(_libc.syscall(ctypes.c_long(number), *given), what)


def pivot_root(new: str, old: str) -> None:
    """Change the root of this process to ``new`` and put the old one at ``old``."""
    _check(_libc.pivot_root(os.fsencode(new), os.fsencode(old)), f"pivot_root {new}")


def unmount(path: str) -> None:
    """Take the mount at ``path`` and those below away, at once from here, from the kernel when nobody uses it."""
    _check(_libc.umount2(os.fsencode(path), _MNT_DETACH), f"umount {path}")


def mount(source: str, target: str, kind: str | None, flags: int) -> None:
    """Put ``source`` at ``target``; ``kind`` is the file system's type, ``flags`` an or of ``MS_...``."""
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode() if kind else None, ctypes.c_ulong(flags), None
    )
    _check(result, f"mount {target}")


def keep_capabilities(capabilities: frozenset[int]) -> None:
    """Drop every capability of this process that is not listed. See capset(2)."""
    bits = sum(1 << number for number in capabilities)
    low, high = bits & 0xFFFFFFFF, bits >> 32
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    # effective, permitted, inheritable: first their low halves, then their high ones
    _check(_libc.capset(header, struct.pack("=6I", low, low, 0, high, high, 0)), "capset")


def open_pidfd(pid: int) -> int | None:
    """A descriptor that stands for the process and is readable once it has ended; None where there is no such thing."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EPERM}:  # an old kernel, or a container's filter
            return None
        raise


def clone(flags: int) -> int:
    """``os.fork()`` into new namespaces: an or of ``NEW...``. Returns the child's pid, 0 in the child.

    ``os.unshare`` could not do this: after ``unshare(NEWPID)`` a process may fork into that one namespace only. The
    interpreter's own hooks run round the raw call, as round its own fork. The caller must have one thread.
    """
    number = _CLONE_NUMBER.get(os.uname().machine)
    if number is None:
        raise OSError(errno.ENOSYS, f"clone is not known for {os.uname().machine}")
    syscall = _locked_libc.syscall
    syscall.restype = ctypes.c_long
    hooks = ctypes.pythonapi
    hooks.PyOS_BeforeFork()
    # No stack and no thread ids, so that the order of the arguments, which differs between architectures, is the same.
    pid = int(syscall(ctypes.c_long(number), ctypes.c_ulong(flags | signal.SIGCHLD), None, None, None, None))
    if pid == 0:
        hooks.PyOS_AfterFork_Child()
        return 0
    code = ctypes.get_errno()
    hooks.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(code, f"clone: {os.strerror(code)}")
    return pid
