"""One execution of a scenario, as everybody who asks about it sees it: state, log lines, progress, result.

A run changes by `Change` objects only, and a `Change` is stored before it is applied: what anybody has seen is in the
store.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from dm_mcp.connections.base import Stored
from dm_mcp.errors import DmError

__all__ = ["Change", "End", "LogLine", "Progress", "Run", "Status"]


class Status(StrEnum):
    """Where a run stands. The last five are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """True when nothing more happens to the run."""
        return self not in (Status.QUEUED, Status.RUNNING)

    def may_become(self, other: Status) -> bool:
        """Whether the step is legal: from queued to running to an end, or from queued to an end, and never back."""
        return not self.ended and other is not Status.QUEUED and other is not self


class LogLine(NamedTuple):
    """A line of a run's log."""

    number: int
    """Counts from 1."""
    time: float
    """Seconds since 1970."""
    level: str
    """``debug``, ``info``, ``warn`` or ``error``."""
    stream: str
    """``stdout``, ``stderr``, or ``log`` for a record of ``dm.log``."""
    text: str
    fields: Mapping[str, Any] | None = None
    """What a record of ``dm.log`` was given by name."""

    @property
    def shown(self) -> str:
        """The text with the fields behind it, as ``stored table=customers rows=5``."""
        if not self.fields:
            return self.text
        return " ".join([self.text, *(f"{name}={value}" for name, value in self.fields.items())])


class Progress(NamedTuple):
    """How far the script says it is, in its own unit."""

    done: float
    total: float | None


class End(NamedTuple):
    """How a run ended, and when."""

    status: Status
    time: float
    result: Any = None
    error: DmError | None = None


@dataclass
class Change:
    """What has happened to a run since it was last stored."""

    began: float | None = None
    """When the run got its turn."""
    end: End | None = None
    progress: Progress | None = None
    stored: dict[tuple[str, str], Stored] = field(default_factory=dict[tuple[str, str], Stored])
    """More rows, by connection and table."""
    lines: list[LogLine] = field(default_factory=list[LogLine])
    dropped: int = 0
    """The log has grown too long: lines up to this number go."""

    def add(self, later: Change) -> None:
        """Make this change and a later one to one."""
        self.began = self.began if later.began is None else later.began
        self.end = self.end or later.end
        self.progress = later.progress or self.progress
        for key, stored in later.stored.items():
            self.stored[key] = self.stored.get(key, Stored()) + stored
        self.dropped = max(self.dropped, later.dropped)
        self.lines = [line for line in (*self.lines, *later.lines) if line.number > self.dropped]


@dataclass
class Run:
    """A run. `apply` changes it; others read it and wait for `changed_since` and `finished`."""

    scenario_id: str
    title: str
    seed: int
    params: Mapping[str, Any]
    source_hash: str = ""
    """SHA-256 of the script's text, hexadecimal."""
    caller: str = ""
    """Who asked for it: ``cli``, or the face and the client's name."""
    owner: str = ""
    """The server that runs it."""
    id: str = field(default_factory=lambda: f"run_{secrets.token_hex(6)}")
    status: Status = Status.QUEUED
    lines: list[LogLine] = field(default_factory=list[LogLine])
    """The end of the log, or all of it."""
    dropped_lines: int = 0
    """Lines before those."""
    progress: Progress | None = None
    stored: dict[tuple[str, str], Stored] = field(default_factory=dict[tuple[str, str], Stored])
    """Rows by connection and table."""
    result: Any = None
    error: DmError | None = None
    created: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None

    def __post_init__(self) -> None:
        self.version = 0
        """Rises with each change."""
        self.shared = False
        """True when more than one caller waits for the run, or none any more: then none of them ends it by leaving."""
        self._changed = asyncio.Event()

    @property
    def duration(self) -> float:
        """Seconds that the run has taken, so far or in all; 0 while it waits for its turn."""
        return 0.0 if self.started is None else max((self.ended or time.time()) - self.started, 0.0)

    @property
    def line_count(self) -> int:
        """The number of the last line."""
        return self.dropped_lines + len(self.lines)

    def lines_after(self, number: int) -> list[LogLine]:
        """The lines here that follow line ``number``; 0: from the first."""
        return self.lines[max(number - self.dropped_lines, 0) :]

    async def changed_since(self, version: int) -> None:
        """Wait until the run is no longer as it was at ``version``. Several changes may be seen as one."""
        while self.version == version:
            await self._changed.wait()

    async def finished(self) -> None:
        """Wait until the run has ended."""
        while not self.status.ended:
            await self._changed.wait()

    def apply(self, change: Change) -> None:
        """Let a change be seen. A step that is not legal, such as a second end, changes nothing but the log."""
        self.lines += change.lines
        if gone := max(change.dropped - self.dropped_lines, 0):
            del self.lines[:gone]
            self.dropped_lines += gone
        for key, stored in change.stored.items():
            self.stored[key] = self.stored.get(key, Stored()) + stored
        self.progress = change.progress or self.progress
        if change.began is not None and self.status.may_become(Status.RUNNING):
            self.status, self.started = Status.RUNNING, change.began
        if change.end is not None and self.status.may_become(change.end.status):
            self.status, self.ended, self.result, self.error = change.end
        self.notify()

    def notify(self) -> None:
        """Wake those who wait for a change."""
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
