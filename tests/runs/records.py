"""Runs and log lines for tests of the history, without anything that executes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from dm_mcp.errors import StoreFailed
from dm_mcp.runs.run import Change, End, LogLine, Run, Status
from dm_mcp.runs.store import Retention, Store

KEEP_ALL = Retention(log_days=1e6, runs=10**6, size=2**40)


def a_run(**known: Any) -> Run:
    """A queued run of a server of no importance."""
    values: dict[str, Any] = {"scenario_id": "a", "title": "A", "seed": 1, "params": {}, "owner": "server_1"}
    return Run(**(values | known))


def log(count: int, *, after: int = 0, text: str = "line", level: str = "info") -> list[LogLine]:
    """So many lines, numbered on from ``after``."""
    return [LogLine(after + n, 1.0, level, "stdout", f"{text} {after + n}") for n in range(1, count + 1)]


def ended(status: Status = Status.DONE, at: float | None = None, **more: Any) -> End:
    return End(status, time.time() if at is None else at, **more)


async def add(store: Store, run: Run | None = None, **known: Any) -> Run:
    """Add a run that no limit keeps out."""
    return await store.add(run or a_run(**known), max_unfinished=10**6)


async def add_ended(store: Store, lines: Sequence[LogLine] = (), at: float | None = None, **more: Any) -> Run:
    """Add a run that has ended."""
    run = await add(store)
    await store.save([(run.id, Change(began=1.0, lines=list(lines), end=ended(at=at, **more)))])
    return run


class FailingStore:
    """Stands before a store and fails while ``broken`` is set."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.broken = False
        self.failures = 0
        self.batches: list[list[tuple[str, Change]]] = []
        self.gate = asyncio.Event()
        """Saving waits for it."""
        self.gate.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, changes: Sequence[tuple[str, Change]]) -> None:
        await self.gate.wait()
        if self.broken:
            self.failures += 1
            raise StoreFailed("The history can't be used: the disk is full.", hint="Make room on the disk.")
        await self._store.save(changes)
        self.batches.append(list(changes))
