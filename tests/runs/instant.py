"""Runs that nothing executes and nothing stores: what a test writes down is seen at once."""

from __future__ import annotations

import time
from typing import Any

from dm_mcp.runs.run import Change, End, LogLine, Progress, Run, Status

__all__ = ["InstantRun"]


class InstantRun(Run):
    """A run that is going on, with a pen."""

    def begin(self) -> None:
        self.apply(Change(began=time.time()))

    def log(self, text: str) -> None:
        self.apply(Change(lines=[LogLine(self.line_count + 1, time.time(), "info", "stdout", text)]))

    def advance(self, done: float, total: float | None) -> None:
        self.apply(Change(progress=Progress(done, total)))

    def end(self, status: Status, **more: Any) -> None:
        self.apply(Change(end=End(status, time.time(), **more)))
