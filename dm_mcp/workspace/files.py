"""The files of a workspace, found and read with care: others write there, scripts and agents among them.

Hidden files and folders, and names that begin with two underscores (``__pycache__``, ``__init__.py``), are passed over.
A link to a folder is not followed; a link to a file is, as long as it stays inside of the workspace.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from dm_mcp.errors import WorkspaceError

__all__ = ["MAX_SIZE", "FileCache", "Found", "find_files", "look_at", "read_bytes"]

MAX_SIZE = 512 * 1024
"""Bytes of the longest script or template that is read: far above any that a person writes, below a frame's limit."""

_SETTLED_NS = 100_000_000
"""Nanoseconds after which a file's times tell of each further write: a file system's clock ticks every 10 ms."""


class Stamp(NamedTuple):
    """What changes when a file does."""

    modified: int
    changed: int
    size: int
    inode: int


class Found(NamedTuple):
    """A file of the workspace: its path there, with slashes, and what its metadata said."""

    file: str
    path: Path
    stamp: Stamp
    error: WorkspaceError | None
    """Why it must not be opened."""


def find_files(root: Path, suffix: str, *, skip: Collection[str] = (), under: str = "") -> Iterator[Found]:
    """The files below ``root/under`` whose name ends in ``suffix``, in no order; ``skip`` names folders of its top."""
    try:
        entries = list(os.scandir(root / under))
    except OSError:  # gone, or closed to us: there is nothing to list
        return
    for entry in entries:
        if entry.name.startswith((".", "__")):
            continue
        file = f"{under}/{entry.name}" if under else entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in skip:
                yield from find_files(root, suffix, under=file)
        elif entry.name.endswith(suffix):
            found = look_at(root, file)
            if found:
                yield found


def look_at(root: Path, file: str) -> Found | None:
    """The file of that path in the workspace; None when there is none, or a folder in its place."""
    path = root / file
    try:
        status = path.lstat()
        linked = stat.S_ISLNK(status.st_mode)
        if linked:
            path = path.resolve()
            status = path.stat()
    except (OSError, RuntimeError):  # nothing there, or a link that leads nowhere or round in a circle
        return None
    if stat.S_ISDIR(status.st_mode):
        return None
    stamp = Stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
    return Found(file, path, stamp, _refusal(file, status, leaves=linked and not path.is_relative_to(root)))


def _refusal(file: str, status: os.stat_result, *, leaves: bool) -> WorkspaceError | None:
    if not file.isprintable():
        shown = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in file)
        return WorkspaceError("The file's name has characters that can't be shown.", hint="Rename it.", file=shown)
    if leaves:
        return WorkspaceError(
            "The file is a link that leaves the workspace.", hint="Copy the file into the workspace.", file=file
        )
    if not stat.S_ISREG(status.st_mode):
        return WorkspaceError("This is not a regular file.", hint="Put a text file in its place.", file=file)
    return None


def read_bytes(path: Path, file: str) -> bytes:
    """What a file holds. Raises `WorkspaceError` when it can't be read or is longer than `MAX_SIZE`.

    A file that was a regular one a moment ago may be a pipe by now: opening must not wait for it.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as handle:
            data = handle.read(MAX_SIZE + 1)
    except OSError as cause:
        raise WorkspaceError(
            f"The file can't be read: {cause.strerror}.", hint="Check its rights.", file=file
        ) from None
    if len(data) > MAX_SIZE:
        limit = f"The file is longer than {MAX_SIZE // 1024} KiB."
        raise WorkspaceError(limit, hint="Keep its data elsewhere: in files/, or in a table.", file=file)
    return data


Content = TypeVar("Content")


@dataclass(frozen=True)
class _Entry(Generic[Content]):
    path: Path
    stamp: Stamp
    settled: bool
    content: Content


class FileCache(Generic[Content]):
    """What was made of each file, made anew when the file has changed.

    A file that was read within the same tick of the file system's clock as it was written may be written once more
    without a trace in its times, so what was made of it then is not kept.
    """

    def __init__(self, make: Callable[[Found], Content]) -> None:
        self._make = make
        self._entries: dict[str, _Entry[Content]] = {}

    def get(self, found: Found) -> Content:
        """What ``make`` says of the file as it is now."""
        entry = self._entries.get(found.file)
        if entry is None or not entry.settled or (entry.path, entry.stamp) != (found.path, found.stamp):
            settled = time.time_ns() - max(found.stamp.modified, found.stamp.changed) > _SETTLED_NS
            entry = _Entry(found.path, found.stamp, settled, self._make(found))
            self._entries[found.file] = entry
        return entry.content

    def keep_only(self, files: Collection[str]) -> None:
        """Forget every other file."""
        for gone in self._entries.keys() - files:
            self._entries.pop(gone, None)
