"""Write down what happens to a run. It is stored first, then seen."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from dm_mcp.connections.base import Stored
from dm_mcp.errors import DmError
from dm_mcp.protocol import jsonable
from dm_mcp.runs.journal import Journal
from dm_mcp.runs.run import End, LogLine, Progress, Run, Status

__all__ = ["Recorder"]

MAX_LOG_SIZE = 32 * 1024 * 1024
"""Characters of log that a run keeps; past that the oldest lines go."""

_LINE_COST = 200  # what a line takes beside its text
_BLOCK = MAX_LOG_SIZE // 100
_MOST_LINES = 10_000  # of one text; its last one holds the rest
_TOGETHER = 100  # lines that may go together when the log grows too long
_NUL = "\N{REPLACEMENT CHARACTER}"  # in place of one: no database takes it as text


class Recorder:
    """The pen of one run; it numbers the lines of its log."""

    def __init__(self, run: Run, journal: Journal) -> None:
        self._run = run
        self._journal = journal
        self._line_count = 0
        self._size = 0
        self._blocks: deque[tuple[int, int]] = deque()  # the log in blocks: number of the last line, size
        self._block = 0
        self.ended = False

    def begin(self) -> None:
        """The run has got its turn."""
        self._journal.change(self._run).began = time.time()

    def end(self, status: Status, *, result: Any = None, error: DmError | None = None) -> None:
        """The run is over, for good: a second end changes nothing."""
        if not self.ended:
            self.ended = True
            self._journal.change(self._run).end = End(status, time.time(), result, error)

    def printed(self, stream: str, texts: Sequence[str]) -> None:
        """Add lines of output to the log: a script may print a million of them, so this is kept quick."""
        self._add("info", stream, texts, None)

    def log(self, level: str, stream: str, text: str, fields: Mapping[str, Any] | None = None) -> None:
        """Add a text to the log, a line of the log for each of its lines; ``fields`` belong to the first."""
        first, *others = text.split("\n", _MOST_LINES - 1)
        self._add(level, stream, [first], jsonable(fields) if fields else None)
        for start in range(0, len(others), _TOGETHER):
            self._add(level, stream, others[start : start + _TOGETHER], None)

    def _add(self, level: str, stream: str, texts: Sequence[str], fields: Mapping[str, Any] | None) -> None:
        change, now, last = self._journal.change(self._run), time.time(), self._line_count
        change.lines += [
            LogLine(number, now, level, stream, text.replace("\0", _NUL) if "\0" in text else text, fields)
            for number, text in enumerate(texts, last + 1)
        ]
        self._line_count += len(texts)
        self._grow(sum(map(len, texts)) + _LINE_COST * len(texts) + (len(str(fields)) if fields else 0))
        while self._size > MAX_LOG_SIZE:
            change.dropped, size = self._blocks.popleft()
            self._size -= size

    def advance(self, done: float, total: float | None) -> None:
        """The script has told its progress."""
        self._journal.change(self._run).progress = Progress(done, total)

    def add_stored(self, connection: str, table: str, stored: Stored) -> None:
        """Rows were stored, and committed."""
        counts = self._journal.change(self._run).stored
        counts[connection, table] = counts.get((connection, table), Stored()) + stored

    def _grow(self, size: int) -> None:
        self._size += size
        self._block += size
        if self._block >= _BLOCK:
            self._blocks.append((self._line_count, self._block))
            self._block = 0
