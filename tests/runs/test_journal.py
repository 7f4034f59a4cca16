"""What happens to a run is stored first, then seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dm_mcp.errors import StoreFailed
from dm_mcp.runs import journal as journals
from dm_mcp.runs.journal import Journal
from dm_mcp.runs.run import Progress, Status
from dm_mcp.runs.sqlite import SqliteStore
from tests.runs.records import FailingStore, a_run, add, ended, log, task_done


@pytest.fixture
async def failing(file: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FailingStore]:
    monkeypatch.setattr(journals, "_PAUSE", 0.001)
    store = FailingStore(file)
    yield store
    await store.close()


@pytest.fixture
def told() -> list[StoreFailed]:
    return []


@pytest.fixture
async def journal(failing: FailingStore, told: list[StoreFailed]) -> AsyncIterator[Journal]:
    journal = Journal(failing, told.append)
    yield journal
    failing.broken = False
    failing.gate.set()
    await journal.close()


async def test_a_change_is_seen_when_it_is_stored_and_not_before(journal: Journal, failing: FailingStore) -> None:
    run = await add(failing)
    failing.gate.clear()
    journal.change(run).lines += log(2)
    journal.change(run).began = 1.0
    await asyncio.sleep(0)
    assert (run.lines, run.status) == ([], Status.QUEUED)
    assert not journal.has_all_of(run)
    failing.gate.set()
    await run.changed_since(0)
    assert (run.lines, run.status) == (log(2), Status.RUNNING)
    assert await failing.lines(run.id, after=0, limit=9) == log(2)
    assert journal.has_all_of(run)


async def test_what_comes_while_a_batch_is_stored_is_one_batch(journal: Journal, failing: FailingStore) -> None:
    run, other = await add(failing), await add(failing)
    failing.gate.clear()
    journal.change(run).lines += log(1)
    await asyncio.sleep(0)
    for n in range(1, 100):
        journal.change(run).lines += log(1, after=n)
        journal.change(other).progress = Progress(n, 100)
        await asyncio.sleep(0)
    failing.gate.set()
    await task_done("journal")
    assert len(failing.batches) == 2
    assert run.lines == log(100)
    assert other.progress == (99, 100)


async def test_a_failure_is_told_and_all_is_stored_when_the_store_works_again(
    journal: Journal, failing: FailingStore, told: list[StoreFailed]
) -> None:
    run = await add(failing)
    failing.broken = True
    journal.change(run).began = 1.0
    journal.change(run).lines += log(2)
    for _ in range(3):
        await failing.failures.get()
    assert told
    assert run.lines == []
    failing.broken = False
    await task_done("journal")
    assert (run.status, run.lines) == (Status.RUNNING, log(2))
    assert await failing.lines(run.id, after=0, limit=9) == run.lines


async def test_an_end_is_seen_although_it_can_not_be_stored_and_is_stored_later(
    journal: Journal, failing: FailingStore
) -> None:
    run = await add(failing)
    failing.broken = True
    journal.change(run).lines += log(3)
    journal.change(run).end = ended(Status.FAILED, at=5.0)
    async with asyncio.timeout(10):
        await run.finished()
    assert run.status is Status.FAILED
    assert not journal.has_all_of(run)
    failing.broken = False
    await task_done("journal")
    kept = await failing.get(run.id, tail=9)
    assert (kept.status, kept.ended, kept.lines) == (Status.FAILED, 5.0, log(3))
    assert (run.status, run.ended, run.lines) == (Status.FAILED, 5.0, log(3))


async def test_changes_before_and_after_a_failure_are_stored_in_order(journal: Journal, failing: FailingStore) -> None:
    run = await add(failing)
    failing.broken = True
    for n in range(20):
        journal.change(run).lines += log(1, after=n)
        await failing.failures.get()
    failing.broken = False
    await task_done("journal")
    assert await failing.lines(run.id, after=0, limit=99) == log(20) == run.lines


async def test_closing_stores_what_waits(store: SqliteStore) -> None:
    run, told = await add(store), list[StoreFailed]()
    journal = Journal(store, told.append)
    journal.change(run).end = ended()
    await journal.close()
    assert (await store.get(run.id, tail=0)).status is Status.DONE
    assert told == []


async def test_closing_ends_when_nothing_can_be_stored(journal: Journal, failing: FailingStore) -> None:
    run = await add(failing)
    failing.broken = True
    journal.change(run).end = ended()
    async with asyncio.timeout(10):
        await journal.close()
    assert run.status is Status.DONE


async def test_a_run_that_the_history_does_not_hold_is_seen_all_the_same(journal: Journal) -> None:
    run = a_run()
    journal.change(run).end = ended()
    async with asyncio.timeout(10):
        await run.finished()
