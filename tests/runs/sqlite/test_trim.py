"""What is kept of the history, and what goes: by age, by count, by size."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import time
from pathlib import Path

import pytest

from dm_mcp.errors import RunNotFound
from dm_mcp.runs.run import Change, Run
from dm_mcp.runs.sqlite import SqliteStore, statements
from tests.runs.records import KEEP_ALL, a_run, add, add_ended, ended, log

DAY = 86_400.0
MIB = 2**20
A_LOG = log(3000, text="x" * 500)  # about 1.5 MiB


SPARE = 250 * 4096  # free bytes that stay


def size(file: Path) -> int:
    return file.stat().st_size


async def numbers(store: SqliteStore, run: Run) -> tuple[int, int]:
    """How many lines of a run are there, and how many there were."""
    return len(await store.lines(run.id, after=0, limit=10**6)), (await store.get(run.id, tail=0)).line_count


async def test_with_room_for_all_nothing_goes(store: SqliteStore) -> None:
    run = await add_ended(store, log(5))
    await store.trim(KEEP_ALL)
    assert await numbers(store, run) == (5, 5)


async def test_an_old_log_goes_and_leaves_its_record(store: SqliteStore) -> None:
    old = await add_ended(store, log(5000), at=time.time() - 2 * DAY, result={"r": 1})
    young = await add_ended(store, log(5), at=time.time() - DAY / 2)
    await store.trim(dataclasses.replace(KEEP_ALL, log_days=1))
    assert await numbers(store, old) == (0, 5000)
    assert (await store.get(old.id, tail=20)).result == {"r": 1}
    assert await numbers(store, young) == (5, 5)


async def test_of_too_many_records_the_oldest_go_with_all_they_have(store: SqliteStore) -> None:
    runs = [await add_ended(store, log(3)) for _ in range(5)]
    await store.trim(dataclasses.replace(KEEP_ALL, runs=2))
    assert [run.id for run in (await store.find(limit=9)).runs] == [runs[4].id, runs[3].id]
    with pytest.raises(RunNotFound):
        await store.lines(runs[0].id, after=0, limit=9)


async def test_a_key_whose_record_went_is_free_again(store: SqliteStore) -> None:
    first = await store.add(a_run(), max_unfinished=9, key="k", request="r")
    await store.save([(first.id, Change(end=ended()))])
    await add_ended(store)
    await store.trim(dataclasses.replace(KEEP_ALL, runs=1))
    assert (await store.add(a_run(), max_unfinished=9, key="k", request="other")).id != first.id


async def test_of_a_store_too_large_the_oldest_logs_go_until_it_fits(store: SqliteStore, file: Path) -> None:
    runs = [await add_ended(store, A_LOG) for _ in range(6)]
    await store.trim(dataclasses.replace(KEEP_ALL, size=4 * MIB))
    kept = [(await numbers(store, run))[0] for run in runs]
    assert kept[0] == 0
    assert kept[-1] == len(A_LOG)
    assert kept == sorted(kept)
    assert len((await store.find(limit=9)).runs) == 6
    await store.close()
    assert size(file) <= 4 * MIB + SPARE


async def test_records_go_when_no_log_is_left_to_go(store: SqliteStore, file: Path) -> None:
    runs = [await add_ended(store, result="x" * MIB) for _ in range(5)]
    await store.trim(dataclasses.replace(KEEP_ALL, size=3 * MIB))
    kept = [run.id for run in (await store.find(limit=9)).runs]
    assert kept == [run.id for run in reversed(runs)][: len(kept)]
    assert 0 < len(kept) < 5
    await store.close()
    assert size(file) <= 3 * MIB + SPARE


async def test_a_limit_of_nothing_does_not_wipe_a_small_history(store: SqliteStore) -> None:
    run = await add_ended(store, log(5))
    await store.trim(dataclasses.replace(KEEP_ALL, size=1))
    assert await numbers(store, run) == (5, 5)


async def test_a_run_that_goes_on_is_never_trimmed(store: SqliteStore) -> None:
    run = await add(store, created=1.0)
    await store.save([(run.id, Change(began=1.0, lines=A_LOG))])
    queued = await add(store, created=1.0)
    for _ in range(3):
        await add_ended(store)
    await store.trim(dataclasses.replace(KEEP_ALL, runs=1, size=1, log_days=1e-9))
    assert await numbers(store, run) == (len(A_LOG), len(A_LOG))
    await store.get(queued.id, tail=0)
    await store.save([(run.id, Change(lines=log(1, after=len(A_LOG)), end=ended()))])
    assert (await numbers(store, run))[1] == len(A_LOG) + 1


async def test_room_goes_back_to_the_disk(store: SqliteStore, file: Path) -> None:
    for _ in range(3):
        await add_ended(store, A_LOG, at=1.0)
    await store.close()
    full = size(file)
    await store.trim(dataclasses.replace(KEEP_ALL, log_days=1))
    await store.close()
    assert full > 5 * MIB
    assert size(file) <= 1.1 * SPARE


async def test_lines_are_numbered_on_after_the_first_went(
    store: SqliteStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await add_ended(store, log(50), at=1.0)
    monkeypatch.setattr(statements, "_TRIM_STEP", 20)
    with sqlite3.connect(file) as db:
        assert statements.trim(db, dataclasses.replace(KEEP_ALL, log_days=1))
    db.close()
    kept = await store.get(run.id, tail=99)
    assert [line.number for line in kept.lines] == list(range(21, 51))
    assert (kept.dropped_lines, kept.line_count) == (20, 50)


async def test_other_servers_write_while_one_trims(store: SqliteStore, other_store: SqliteStore) -> None:
    for _ in range(5):
        await add_ended(store, A_LOG, at=1.0)
    trimming = asyncio.create_task(store.trim(dataclasses.replace(KEEP_ALL, log_days=1)))
    written = 0
    while not trimming.done():
        await add_ended(other_store, log(1))
        written += 1
    await trimming
    assert written > 1
    assert len((await store.find(limit=10_000)).runs) == 5 + written
