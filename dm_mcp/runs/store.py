"""Where runs last: what a store of runs and their logs can do, whatever holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dm_mcp.runs.run import Change, LogLine, Run, Status

__all__ = ["LEVELS", "Page", "Retention", "Store"]

LEVELS = ("debug", "info", "warn", "error")
"""Levels of log lines, the least first."""


class Page(NamedTuple):
    """Some of the runs that were asked for, the latest first."""

    runs: list[Run]
    next_cursor: int | None
    """Pass it on for the page after this one; None: that was the last."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept. Runs that go on are kept whatever this says."""

    log_days: float
    """Logs of runs that ended longer ago go; the runs' records stay."""
    runs: int
    """Records of runs; the oldest go with their logs."""
    size: int
    """Bytes of the store; while it is larger, logs of the oldest runs go, then their records."""


class Store(Protocol):
    """Runs and their logs. Every method raises `StoreFailed` when the store can't do it; then nothing has changed.

    What one server writes is done in the order of its calls, of those that were given up on the way too.
    """

    async def add(self, run: Run, *, max_unfinished: int, key: str | None = None, request: str = "") -> Run:
        """Keep a new run. With a ``key`` that a run has already, give that run instead.

        Raises `QueueFull` when ``max_unfinished`` runs have not ended yet, and `KeyTaken` when the run of that key
        was another ``request``.
        """
        ...

    async def save(self, changes: Sequence[tuple[str, Change]]) -> None:
        """Store changes of runs by their ids: all or none."""
        ...

    async def get(self, run_id: str, *, tail: int) -> Run:
        """The run with the last ``tail`` lines of its log. Raises `RunNotFound`."""
        ...

    async def find(
        self, *, scenario: str | None = None, status: Status | None = None, limit: int, cursor: int | None = None
    ) -> Page:
        """Runs without their logs, the latest first."""
        ...

    async def lines(self, run_id: str, *, after: int, limit: int, levels: Sequence[str] = LEVELS) -> list[LogLine]:
        """At most ``limit`` lines of a run's log that follow line ``after``. Raises `RunNotFound`."""
        ...

    async def owners(self) -> set[str]:
        """The servers of runs that have not ended."""
        ...

    async def interrupt(self, owners: Iterable[str]) -> None:
        """End the runs of servers that are gone."""
        ...

    async def trim(self, retention: Retention) -> None:
        """Let go of what is too old or too much, in small steps: others store meanwhile."""
        ...

    async def close(self) -> None:
        """Let go of the store. It opens itself again when it is used."""
        ...
