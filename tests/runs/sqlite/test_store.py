"""What is kept of runs, and how it is found again."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from dm_mcp.connections.base import Stored
from dm_mcp.errors import KeyTaken, QueueFull, RunNotFound, ScriptError
from dm_mcp.generation.schema import MAX_SEED
from dm_mcp.runs.run import Change, LogLine, Progress, Run, Status
from dm_mcp.runs.sqlite import SqliteStore
from tests.runs.records import a_run, add, add_ended, ended, log


async def test_a_run_comes_back_as_it_was_added(store: SqliteStore) -> None:
    run = await add(
        store, title="Ä title", seed=MAX_SEED, params={"n": [1, {"x": None}]}, source_hash="ab", caller="mcp: a client"
    )
    assert await store.get(run.id, tail=20) == run


async def test_a_run_comes_back_with_all_that_happened_to_it(store: SqliteStore) -> None:
    run = await add(store)
    error = ScriptError("It broke.", hint="Mend it.", file="a.py", line=3)
    change = Change(
        began=2.0,
        end=ended(Status.FAILED, at=3.0, error=error),
        progress=Progress(3, 10.5),
        stored={("conn", "t"): Stored(1, 2, 3), ("conn", "u"): Stored(inserted=4)},
        lines=[LogLine(1, 1.5, "warn", "stderr", "odd", {"a": [1, None]}), LogLine(2, 1.6, "info", "log", "")],
    )
    await store.save([(run.id, change)])
    run.apply(change)
    kept = await store.get(run.id, tail=20)
    assert kept.error is not None
    assert type(kept.error) is ScriptError
    assert kept.error.to_dict() == error.to_dict()
    kept.error = run.error
    assert kept == run


async def test_the_file_is_for_its_owner_only(store: SqliteStore, file: Path) -> None:
    umask = os.umask(0)
    try:
        await add(store)
    finally:
        os.umask(umask)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in file.parent.glob("runs.db*")}
    assert modes == {0o600}


async def test_one_key_is_one_run(store: SqliteStore) -> None:
    first = await store.add(a_run(), max_unfinished=9, key="k", request="r")
    second = await store.add(a_run(), max_unfinished=9, key="k", request="r")
    assert second.id == first.id
    assert len((await store.find(limit=9)).runs) == 1


async def test_a_key_whose_run_has_ended_still_gives_that_run(store: SqliteStore) -> None:
    first = await store.add(a_run(), max_unfinished=1, key="k", request="r")
    await store.save([(first.id, Change(began=1.0, end=ended(result=7)))])
    again = await store.add(a_run(), max_unfinished=1, key="k", request="r")
    assert (again.id, again.status, again.result) == (first.id, Status.DONE, 7)


async def test_one_key_for_another_request_is_an_error(store: SqliteStore) -> None:
    first = await store.add(a_run(), max_unfinished=9, key="k", request="r")
    with pytest.raises(KeyTaken, match=first.id):
        await store.add(a_run(), max_unfinished=9, key="k", request="other")
    assert len((await store.find(limit=9)).runs) == 1


async def test_runs_without_a_key_are_never_the_same(store: SqliteStore) -> None:
    for _ in range(2):
        await add(store)
    assert len((await store.find(limit=9)).runs) == 2


async def test_one_key_at_the_same_instant_on_two_servers_is_one_run(
    store: SqliteStore, other_store: SqliteStore
) -> None:
    stores = (store, other_store) * 10
    kept = await asyncio.gather(*(s.add(a_run(), max_unfinished=99, key="k", request="r") for s in stores))
    assert len({run.id for run in kept}) == 1
    assert len((await store.find(limit=9)).runs) == 1


async def test_no_more_than_so_many_runs_may_be_unfinished(store: SqliteStore) -> None:
    first = await store.add(a_run(), max_unfinished=1)
    with pytest.raises(QueueFull):
        await store.add(a_run(), max_unfinished=1)
    await store.save([(first.id, Change(end=ended(Status.CANCELLED)))])
    await store.add(a_run(), max_unfinished=1)


ILLEGAL: list[tuple[list[Change], Status]] = [
    ([Change(end=ended(Status.DONE)), Change(end=ended(Status.FAILED))], Status.DONE),
    ([Change(end=ended(Status.INTERRUPTED)), Change(end=ended(Status.DONE))], Status.INTERRUPTED),
    ([Change(end=ended(Status.CANCELLED)), Change(began=5.0)], Status.CANCELLED),
]


@pytest.mark.parametrize(("steps", "status"), ILLEGAL)
async def test_an_end_is_final_in_the_store_as_in_memory(
    store: SqliteStore, steps: list[Change], status: Status
) -> None:
    run = await add(store)
    for step in steps:
        await store.save([(run.id, step)])
        run.apply(step)
    kept = await store.get(run.id, tail=0)
    assert (kept.status, kept.started, kept.ended) == (status, run.started, run.ended)
    assert run.status is status


async def test_rows_stored_add_up(store: SqliteStore) -> None:
    run = await add(store)
    for _ in range(3):
        await store.save([(run.id, Change(stored={("c", "t"): Stored(1, 2, 3)}))])
    assert (await store.get(run.id, tail=0)).stored == {("c", "t"): Stored(3, 6, 9)}


async def test_a_batch_is_stored_whole_or_not_at_all(store: SqliteStore, file: Path) -> None:
    run, other = await add(store), await add(store)
    await store.save([(run.id, Change(lines=log(1)))])
    twice = Change(lines=log(1))  # a number that is taken: the second half of the batch can't be stored
    with pytest.raises(Exception, match="UNIQUE"):
        await store.save([(other.id, Change(began=1.0, lines=log(5))), (run.id, twice)])
    assert await store.lines(other.id, after=0, limit=9) == []
    assert (await store.get(other.id, tail=0)).status is Status.QUEUED


async def test_changes_of_a_run_that_is_gone_are_dropped(store: SqliteStore) -> None:
    run = await add(store)
    await store.save([("run_gone", Change(began=1.0, lines=log(2))), (run.id, Change(began=1.0))])
    assert (await store.get(run.id, tail=0)).status is Status.RUNNING


async def test_a_run_comes_with_the_end_of_its_log(store: SqliteStore) -> None:
    run = await add(store)
    await store.save([(run.id, Change(lines=log(50)))])
    kept = await store.get(run.id, tail=20)
    assert [line.number for line in kept.lines] == list(range(31, 51))
    assert (kept.lines_before, kept.dropped_lines, kept.line_count) == (30, 0, 50)
    assert (await store.get(run.id, tail=0)).line_count == 50
    assert (await store.get(run.id, tail=99)).lines == log(50)


async def test_lines_are_read_page_by_page(store: SqliteStore) -> None:
    run = await add(store)
    await store.save([(run.id, Change(lines=log(2500)))])
    read: list[LogLine] = []
    while page := await store.lines(run.id, after=len(read), limit=1000):
        read += page
    assert read == log(2500)


async def test_lines_are_read_by_level(store: SqliteStore) -> None:
    run = await add(store)
    lines = [LogLine(n, 1.0, level, "log", "") for n, level in enumerate(("debug", "info", "warn", "error"), 1)]
    await store.save([(run.id, Change(lines=lines))])
    assert await store.lines(run.id, after=0, limit=9, levels=("warn", "error")) == lines[2:]
    assert await store.lines(run.id, after=3, limit=9, levels=("warn", "error")) == lines[3:]
    assert await store.lines(run.id, after=0, limit=1, levels=("error",)) == lines[3:]


@pytest.mark.parametrize("run_id", ["run_x", "run_\ud800", ""])
async def test_an_unknown_run_is_an_error_that_names_the_latest(store: SqliteStore, run_id: str) -> None:
    run = await add(store)
    with pytest.raises(RunNotFound, match=run.id):
        await store.get(run_id, tail=1)
    with pytest.raises(RunNotFound, match=run.id):
        await store.lines(run_id, after=0, limit=1)


@pytest.mark.parametrize("huge", [2**63, 10**400])
async def test_a_number_that_no_run_has_finds_nothing(store: SqliteStore, huge: int) -> None:
    run = await add_ended(store, log(2))
    assert await store.lines(run.id, after=huge, limit=9) == []
    assert [each.id for each in (await store.find(limit=9, cursor=huge)).runs] == [run.id]


async def test_runs_are_found_by_scenario_and_status_the_latest_first(store: SqliteStore) -> None:
    runs = [await add(store, scenario_id=f"s{n % 2}") for n in range(6)]
    await store.save([(run.id, Change(end=ended())) for run in runs[:4]])

    async def found(**wanted: Any) -> list[int]:
        page = await store.find(limit=9, **wanted)
        assert page.next_cursor is None
        return [[run.id for run in runs].index(run.id) for run in page.runs]

    assert await found() == [5, 4, 3, 2, 1, 0]
    assert await found(scenario="s1") == [5, 3, 1]
    assert await found(status=Status.DONE) == [3, 2, 1, 0]
    assert await found(status=Status.DONE, scenario="s0") == [2, 0]
    assert await found(scenario="s\ud800") == []


async def test_pages_of_runs_neither_repeat_nor_miss_one_while_others_start(store: SqliteStore) -> None:
    runs = [await add(store) for _ in range(5)]
    found: list[Run] = []
    page = await store.find(limit=2)
    found += page.runs
    while page.next_cursor is not None:
        await add(store)
        page = await store.find(limit=2, cursor=page.next_cursor)
        found += page.runs
    assert [run.id for run in found] == [run.id for run in reversed(runs)]


async def test_runs_are_in_the_order_of_their_starts_when_the_clock_goes_back(store: SqliteStore) -> None:
    runs = [await add(store, created=float(created)) for created in (300, 200, 100)]
    assert [run.id for run in (await store.find(limit=9)).runs] == [run.id for run in reversed(runs)]


TEXTS = ["ü 漢 🦀", "\x01\x7f\u2028", "a\tb\r", '"quoted" \\ {json}', "'; DROP TABLE runs; --", "x" * 100_000, ""]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_any_text_is_kept(store: SqliteStore, text: str) -> None:
    run = await store.add(
        a_run(title=text, caller=text, params={"p": text, text: 1}), max_unfinished=9, key=text, request="r"
    )
    change = Change(lines=[LogLine(1, 1.0, "info", "log", text, {"f": text})], end=ended(result={"r": text}))
    await store.save([(run.id, change)])
    run.apply(change)
    assert await store.get(run.id, tail=9) == run


async def test_nuls_and_lone_surrogates_do_no_harm(store: SqliteStore) -> None:
    odd = "a\0b\udcffc"
    run = await store.add(a_run(scenario_id=odd, title=odd, caller=odd, params={odd: odd}), max_unfinished=9, key=odd)
    line = LogLine(1, 1.0, "info", "log", "text", {odd: odd})
    await store.save([(run.id, Change(lines=[line], end=ended(result=odd)))])
    kept = await store.get(run.id, tail=9)
    assert (kept.params, kept.result, kept.lines) == ({odd: odd}, odd, [line])
    assert kept.title == "a\0b\\udcffc"
    assert [each.id for each in (await store.find(scenario=odd, limit=9)).runs] == [run.id]
    assert (await store.add(a_run(), max_unfinished=9, key=odd)).id == run.id


async def test_huge_and_strange_numbers_are_kept_as_json_can_tell_them(store: SqliteStore) -> None:
    params = {"int": 10**400, "float": sys.float_info.max, "tiny": 5e-324}
    run = await add(store, params=params)
    result = {"big": 10**400, "odd": [math.nan, math.inf]}
    await store.save([(run.id, Change(end=ended(result=result), progress=Progress(1e15, None)))])
    kept = await store.get(run.id, tail=0)
    assert kept.params == params
    assert kept.result == {"big": 10**400, "odd": ["nan", "inf"]}
    assert kept.progress == (1e15, None)
    json.dumps(kept.result, allow_nan=False)


@pytest.mark.parametrize("result", [None, 0, "", [], False])
async def test_an_empty_result_is_told_from_none(store: SqliteStore, result: Any) -> None:
    run = await add_ended(store, result=result)
    kept = (await store.get(run.id, tail=0)).result
    assert (type(kept), kept) == (type(result), result)


async def test_only_the_unfinished_runs_of_servers_that_are_gone_are_interrupted(store: SqliteStore) -> None:
    runs = [await add(store, owner=owner) for owner in ("server_a", "server_b", "server_a")]
    await store.save([(runs[2].id, Change(end=ended()))])
    assert await store.owners() == {"server_a", "server_b"}
    await store.interrupt(["server_a"])
    kept = [await store.get(run.id, tail=0) for run in runs]
    assert [run.status for run in kept] == [Status.INTERRUPTED, Status.QUEUED, Status.DONE]
    assert kept[0].error is not None
    assert (kept[0].error.code, kept[0].ended is not None) == ("interrupted", True)
    assert await store.owners() == {"server_b"}


async def test_several_servers_open_one_new_file_at_once(file: Path) -> None:
    stores = [SqliteStore(lambda: file) for _ in range(8)]
    added = await asyncio.gather(*(add(store) for store in stores))
    found = await asyncio.gather(*(store.find(limit=99) for store in stores))
    assert {frozenset(run.id for run in page.runs) for page in found} == {frozenset(run.id for run in added)}
    await asyncio.gather(*(store.close() for store in stores))


async def test_several_servers_write_at_once_and_nothing_is_lost(file: Path) -> None:
    stores = [SqliteStore(lambda: file) for _ in range(4)]

    async def write(store: SqliteStore) -> Run:
        run = await add(store)
        for n in range(50):
            await store.save([(run.id, Change(lines=log(10, after=10 * n)))])
        return run

    for run in await asyncio.gather(*map(write, stores)):
        assert await stores[0].lines(run.id, after=0, limit=999) == log(500)
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_closed_store_leaves_one_whole_file_and_opens_again(store: SqliteStore, file: Path) -> None:
    run = await add_ended(store, log(3))
    await store.close()
    assert {path.name for path in file.parent.glob("runs.db*")} <= {"runs.db", "runs.db-new"}
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert (await store.get(run.id, tail=9)).lines == log(3)
