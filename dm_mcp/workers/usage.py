"""What a run takes as a whole: the limits of the kernel count each process by itself, and no folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MAX_FILES", "Ceiling", "over"]

MAX_FILES = 10_000
"""Files and folders in a run's folder."""
_COUNTED = ("RssAnon:", "RssShmem:")


@dataclass(frozen=True)
class Ceiling:
    """The most that a run may take, in bytes."""

    memory: int
    disk: int


def over(ceiling: Ceiling, pids: Iterable[int], folder: str, in_memory: Iterable[str]) -> str:
    """Which of "memory" and "disk" the processes, the folder and the folders in memory take too much of; or nothing."""
    held = sum(_used(path) for path in in_memory)
    pids = list(pids)
    # What was forked shares pages with who forked it. The quick sum has them many times, the slow one once in all.
    if held + sum(map(_resident, pids)) > ceiling.memory and held + sum(map(_proportional, pids)) > ceiling.memory:
        return "memory"
    return "" if _fits(folder, ceiling.disk) else "disk"


def _used(path: str) -> int:
    found = os.statvfs(path)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _resident(pid: int) -> int:
    return _sum(pid, "status", _COUNTED)


def _proportional(pid: int) -> int:
    return _sum(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))


def _sum(pid: int, name: str, keys: tuple[str, ...]) -> int:
    """The sum of these lines of a file in ``/proc``, which are in KiB; 0 for a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/{name}").read_text(errors="replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(keys))


def _listed(path: str) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
    """What a folder holds, even when the script has closed it, whose user may be this process's. Raises OSError."""
    try:
        return os.scandir(path)
    except PermissionError:
        opened = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)  # a link has maybe taken its place
        try:
            os.chmod(f"/proc/self/fd/{opened}", 0o700)  # noqa: PTH101 - by its descriptor
        finally:
            os.close(opened)
        return os.scandir(path)


def _fits(folder: str, most: int) -> bool:
    """Whether the folder holds no more than ``most`` bytes, in no more than `MAX_FILES` files."""
    waiting, size, count = [folder], 0, 0
    while waiting:
        path = waiting.pop()
        try:
            with _listed(path) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if size > most or count > MAX_FILES:
                        return False
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:  # it went meanwhile
            continue
    return True
