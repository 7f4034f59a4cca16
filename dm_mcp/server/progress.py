"""A run's log and progress as MCP progress notifications.

The protocol wants ``progress`` to rise with every notification, whatever the script reports; so a line or a heartbeat
adds a fraction, the script's own progress sets the whole part, and neither ever falls.
https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/progress
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import anyio

from dm_mcp.runs.run import Progress, Run

__all__ = ["Report", "RisingProgress", "relay"]

Report = Callable[[float, float | None, str], Awaitable[None]]
"""Sends one notification: progress, total, message."""

PAUSE = 0.05
"""Seconds between two notifications while the run goes on."""
HEARTBEAT = 5.0
"""Seconds of silence after which a notification says that the run goes on."""
MESSAGE_SIZE = 8 * 1024
"""Characters of lines in one message at the most; a longer line travels alone."""
BACKLOG = 1024 * 1024
"""Characters that may wait to be told; what comes before them is only in the log, and a message says so."""


class RisingProgress:
    """Turns what a script reports into numbers that strictly rise."""

    def __init__(self) -> None:
        self._last = 0.0
        self._offset = 0.0
        self._reported = 0.0
        self._steps = 0
        self._total: float | None = None

    def next(self, progress: Progress | None) -> tuple[float, float | None]:
        """The next ``progress`` and ``total``."""
        if progress is not None and progress.done != self._reported:
            self._reported, self._steps = progress.done, 0
        self._steps += 1
        fraction = self._steps / (self._steps + 1)
        if self._offset + self._reported + fraction <= self._last:
            self._offset = self._last - self._reported  # the script began anew, or went back: go on from here
        self._last = self._offset + self._reported + fraction
        if progress is not None and progress.total is not None:
            self._total = max(self._total or 0.0, self._offset + progress.total)
        if self._total is not None:
            self._total = max(self._total, self._last)
        return self._last, self._total


async def relay(run: Run, report: Report, *, after: int = 0) -> None:
    """Report each line of the run after line ``after``, and its progress, until it has ended and all has gone out."""
    rising, waiting = RisingProgress(), _Waiting(run, after)
    reported: Progress | None = None
    while True:
        version, ended = run.version, run.status.ended
        waiting.collect()
        if waiting or run.progress != reported:
            reported = run.progress
            await report(*rising.next(reported), waiting.message())
            while ended and waiting:
                await report(*rising.next(reported), waiting.message())
            with anyio.move_on_after(PAUSE):
                await run.finished()
        if ended:
            return
        if waiting:
            continue
        with anyio.move_on_after(HEARTBEAT) as silence:
            await run.changed_since(version)
        if silence.cancelled_caught:
            await report(*rising.next(reported), f"{run.status} for {run.duration:.0f} s")


class _Waiting:
    """Lines of a run's log that were not told yet."""

    def __init__(self, run: Run, after: int) -> None:
        self._run = run
        self._lines: deque[str] = deque()
        self._size = 0
        self._last = after
        self._skipped = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def collect(self) -> None:
        """Take the lines that are new; past `BACKLOG` the oldest are given up."""
        for line in self._run.lines_after(self._last):
            self._skipped += line.number - self._last - 1
            self._last = line.number
            self._lines.append(line.shown)
            self._size += len(self._lines[-1]) + 1
        while self._size > BACKLOG and len(self._lines) > 1:
            self._size -= len(self._lines.popleft()) + 1
            self._skipped += 1

    def message(self) -> str:
        """As many lines as one message holds; empty when none wait."""
        texts: list[str] = []
        if self._skipped:
            texts.append(f"... {self._skipped} lines are only in the log")
            self._skipped = 0
        room = MESSAGE_SIZE
        while self._lines and (room == MESSAGE_SIZE or len(self._lines[0]) < room):
            text = self._lines.popleft()
            self._size -= len(text) + 1
            room -= len(text) + 1
            texts.append(text)
        return "\n".join(texts)
