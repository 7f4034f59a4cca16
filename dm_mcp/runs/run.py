"""One execution of a scenario, as everybody who asks about it sees it: state, log lines, progress, result."""

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

__all__ = ["LogLine", "Progress", "Run", "Status"]

MAX_LOG_BYTES = 32 * 1024 * 1024
"""Characters of log that a run keeps; past that the oldest lines go, and `Run.dropped_lines` counts them."""


_LINE_COST = 200  # bytes that a line takes beside its text


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


class Progress(NamedTuple):
    """How far the script says it is, in its own unit."""

    done: float
    total: float | None


@dataclass
class Run:
    """A run. Its engine changes it; others read it and `follow` it."""

    scenario_id: str
    title: str
    seed: int
    params: Mapping[str, Any]
    id: str = field(default_factory=lambda: f"run_{secrets.token_hex(6)}")
    status: Status = Status.QUEUED
    lines: list[LogLine] = field(default_factory=list[LogLine])
    dropped_lines: int = 0
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
        self._changed = asyncio.Event()
        self._log_bytes = 0

    @property
    def duration(self) -> float:
        """Seconds that the run has taken, so far or in all; 0 while it waits for its turn."""
        return 0.0 if self.started is None else (self.ended or time.time()) - self.started

    @property
    def line_count(self) -> int:
        """The number of the last line."""
        return self.dropped_lines + len(self.lines)

    def lines_after(self, number: int) -> list[LogLine]:
        """The lines that follow line ``number``; 0: from the first."""
        return self.lines[max(number - self.dropped_lines, 0) :]

    async def changed_since(self, version: int) -> None:
        """Wait until the run is no longer as it was at ``version``. Several changes may be seen as one."""
        while self.version == version:
            await self._changed.wait()

    async def finished(self) -> None:
        """Wait until the run has ended."""
        while not self.status.ended:
            await self._changed.wait()

    def begin(self) -> None:
        """The run has got its turn."""
        self.status, self.started = Status.RUNNING, time.time()
        self._notify()

    def end(self, status: Status, *, result: Any = None, error: DmError | None = None) -> None:
        """The run is over, for good: a second end changes nothing."""
        if self.status.ended:
            return
        self.status, self.result, self.error, self.ended = status, result, error, time.time()
        self._notify()

    def log(self, level: str, stream: str, text: str) -> None:
        """Add a text to the log, a line of the log for each of its lines."""
        now = time.time()
        for line in text.split("\n"):
            self.lines.append(LogLine(self.line_count + 1, now, level, stream, line))
            self._log_bytes += len(line) + _LINE_COST
        while self._log_bytes > MAX_LOG_BYTES:
            self._drop_oldest()
        self._notify()

    def advance(self, done: float, total: float | None) -> None:
        """The script has told its progress."""
        self.progress = Progress(done, total)
        self._notify()

    def add_stored(self, connection: str, table: str, stored: Stored) -> None:
        """Rows were stored, and committed."""
        key = (connection, table)
        self.stored[key] = self.stored.get(key, Stored()) + stored
        self._notify()

    def _drop_oldest(self) -> None:
        count = max(len(self.lines) // 10, 1)
        self._log_bytes -= sum(len(line.text) + _LINE_COST for line in self.lines[:count])
        del self.lines[:count]
        self.dropped_lines += count

    def _notify(self) -> None:
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
