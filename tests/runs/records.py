"""Runs and log lines for tests of the history, without anything that executes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dm_mcp.errors import StoreFailed
from dm_mcp.runs.run import Change, End, LogLine, Run, Status
from dm_mcp.runs.sqlite import SqliteStore
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


async def task_done(name: str) -> None:
    """Wait until no task of that name goes on."""
    async with asyncio.timeout(10):
        while tasks := [task for task in asyncio.all_tasks() if task.get_name() == name]:
            await asyncio.wait(tasks)


class FailingStore(SqliteStore):
    """A store that can't save while it is ``broken``."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: path)
        self.broken = False
        self.failures = asyncio.Queue[None]()
        """An item a failure."""
        self.batches: list[Sequence[tuple[str, Change]]] = []
        self.gate = asyncio.Event()
        """Saving waits for it."""
        self.gate.set()

    async def save(self, changes: Sequence[tuple[str, Change]]) -> None:
        await self.gate.wait()
        if self.broken:
            self.failures.put_nowait(None)
            raise StoreFailed("The history can't be used: the disk is full.", hint="Make room on the disk.")
        await super().save(changes)
        self.batches.append(changes)
