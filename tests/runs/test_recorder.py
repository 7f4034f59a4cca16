"""The pen of a run: numbers of lines, what a line may hold, how long a log may get."""

from __future__ import annotations

import datetime as dt
import decimal
import math

import pytest

from dm_mcp.connections.base import Stored
from dm_mcp.runs import recorder as recorders
from dm_mcp.runs.journal import Journal
from dm_mcp.runs.recorder import Recorder
from dm_mcp.runs.run import Run, Status
from dm_mcp.runs.sqlite import SqliteStore
from tests.runs.records import add


class Pen:
    """A recorder, its run, its store."""

    def __init__(self, run: Run, store: SqliteStore) -> None:
        self.run = run
        self.store = store
        self.journal = Journal(store, lambda error: pytest.fail(str(error)))
        self.recorder = Recorder(run, self.journal)

    async def kept(self) -> Run:
        await self.journal.close()
        return await self.store.get(self.run.id, tail=10**6)


@pytest.fixture
async def pen(store: SqliteStore) -> Pen:
    return Pen(await add(store), store)


async def test_a_life_is_seen_and_kept_alike(pen: Pen) -> None:
    pen.recorder.begin()
    pen.recorder.log("warn", "log", "odd", {"n": 1})
    pen.recorder.advance(1, 2)
    pen.recorder.add_stored("c", "t", Stored(inserted=1))
    pen.recorder.add_stored("c", "t", Stored(updated=2))
    pen.recorder.end(Status.DONE, result={"r": 1})
    assert await pen.kept() == pen.run
    assert pen.run.stored == {("c", "t"): Stored(1, 2, 0)}


async def test_a_text_of_several_lines_is_several_lines(pen: Pen) -> None:
    pen.recorder.log("info", "stdout", "a\nb\n", {"n": 1})
    pen.recorder.log("info", "stdout", "c")
    kept = await pen.kept()
    assert [(line.number, line.text, line.fields) for line in kept.lines] == [
        (1, "a", {"n": 1}), (2, "b", None), (3, "", None), (4, "c", None)
    ]  # fmt: skip
    assert kept.lines == pen.run.lines


async def test_the_first_end_is_the_end(pen: Pen) -> None:
    pen.recorder.end(Status.DONE, result=1)
    pen.recorder.end(Status.CANCELLED)
    kept = await pen.kept()
    assert (kept.status, kept.result) == (Status.DONE, 1)


async def test_fields_are_kept_as_json_can_tell_them(pen: Pen) -> None:
    fields = {"when": dt.datetime(2026, 1, 2, 3), "price": decimal.Decimal("1.50"), "nan": math.nan, "raw": b"\xff"}  # noqa: DTZ001
    pen.recorder.log("info", "log", "x", fields)
    kept = await pen.kept()
    assert kept.lines == pen.run.lines
    fields_kept = kept.lines[0].fields
    assert fields_kept is not None
    assert (fields_kept["price"], fields_kept["nan"]) == ("1.50", "nan")


async def test_a_nul_becomes_a_sign_that_stands_for_it(pen: Pen) -> None:
    pen.recorder.log("info", "stdout", "a\0b")
    assert (await pen.kept()).lines[0].text == "a\N{REPLACEMENT CHARACTER}b"


async def test_past_its_largest_size_a_log_loses_its_first_lines_in_memory_and_store_alike(
    pen: Pen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "MAX_LOG_SIZE", 100_000)
    monkeypatch.setattr(recorders, "_BLOCK", 1_000)
    for n in range(3000):
        pen.recorder.log("info", "stdout", f"line {n + 1}")
        if n % 100 == 0:
            await pen.journal.close()
    kept = await pen.kept()
    assert kept.lines == pen.run.lines
    assert (kept.line_count, kept.dropped_lines) == (3000, pen.run.dropped_lines)
    assert kept.lines[-1].text == "line 3000"
    assert 0 < sum(len(line.text) + 200 for line in kept.lines) <= 100_000
    assert len(kept.lines) > 400


async def test_one_text_longer_than_a_whole_log_leaves_its_end(pen: Pen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorders, "MAX_LOG_SIZE", 100_000)
    monkeypatch.setattr(recorders, "_BLOCK", 1_000)
    pen.recorder.log("info", "stdout", "\n" * 5000 + "the end")
    kept = await pen.kept()
    assert kept.lines == pen.run.lines
    assert (kept.line_count, kept.lines[-1].text) == (5001, "the end")


async def test_a_text_of_lines_without_number_is_not_taken_apart(pen: Pen) -> None:
    pen.recorder.log("info", "log", "\n" * 1_000_000)
    kept = await pen.kept()
    assert kept.line_count == 10_000
    assert kept.lines == pen.run.lines
