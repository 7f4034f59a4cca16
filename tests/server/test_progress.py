"""Progress notifications: every line, in order, with numbers that strictly rise."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.runs.run import Progress, Status
from dm_mcp.server import progress
from dm_mcp.server.progress import BACKLOG, MESSAGE_SIZE, RisingProgress, relay
from tests.runs.instant import InstantRun

reports = st.none() | st.builds(
    Progress, st.floats(0, 1e9) | st.integers(0, 10**9), st.none() | st.floats(0, 1e9) | st.integers(0, 10**9)
)


class Client:
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.notes: list[tuple[float, float | None, str]] = []

    async def report(self, done: float, total: float | None, message: str) -> None:
        self.notes.append((done, total, message))

    @property
    def lines(self) -> list[str]:
        return [line for *_, message in self.notes for line in message.split("\n")]


def new_run() -> InstantRun:
    run = InstantRun(scenario_id="s", title="S", seed=1, params={})
    run.begin()
    return run


@given(st.lists(reports, max_size=60))
def test_progress_strictly_rises_and_never_passes_its_total(told: list[Progress | None]) -> None:
    rising = RisingProgress()
    values = [rising.next(each) for each in told]
    assert all(a < b for (a, _), (b, _) in pairwise(values))
    assert all(total is None or done <= total for done, total in values)
    totals = [total for _, total in values if total is not None]
    assert totals == sorted(totals)


def test_the_script_s_progress_sets_the_whole_part() -> None:
    rising = RisingProgress()
    assert int(rising.next(None)[0]) == 0
    assert int(rising.next(Progress(100, 600))[0]) == 100
    assert int(rising.next(Progress(100, 600))[0]) == 100
    assert int(rising.next(Progress(600, 600))[0]) == 600


def test_a_script_that_counts_anew_goes_on_from_where_it_was() -> None:
    rising = RisingProgress()
    before, _ = rising.next(Progress(500, 500))
    after, total = rising.next(Progress(0, 100))
    assert after > before
    assert total is not None
    assert total >= 600


async def test_every_line_arrives_in_order_before_the_relay_ends() -> None:
    run, client = new_run(), Client()
    relaying = asyncio.create_task(relay(run, client.report))
    for n in range(1000):
        run.log(f"line {n}")
        if n % 100 == 0:
            await asyncio.sleep(0)
    run.end(Status.DONE)
    await relaying
    assert client.lines == [f"line {n}" for n in range(1000)]


async def test_a_burst_travels_in_few_messages_of_bounded_size() -> None:
    run, client = new_run(), Client()
    for n in range(5000):
        run.log(f"line {n}")
    run.end(Status.DONE)
    await relay(run, client.report)
    assert client.lines == [f"line {n}" for n in range(5000)]
    assert len(client.notes) <= sum(len(line) + 1 for line in client.lines) // MESSAGE_SIZE + 2
    assert max(len(message) for *_, message in client.notes) <= MESSAGE_SIZE


async def test_a_backlog_that_is_too_long_says_how_much_is_only_in_the_log() -> None:
    run, client = new_run(), Client()
    for n in range(3000):
        run.log(f"{n} " + "x" * 1000)
    run.end(Status.DONE)
    await relay(run, client.report)
    first, *rest = client.lines
    assert first == f"... {3000 - len(rest)} lines are only in the log"
    assert sum(map(len, rest)) <= BACKLOG
    assert rest[-1].startswith("2999 ")


async def test_progress_without_a_line_is_told_too() -> None:
    run, client = new_run(), Client()
    run.advance(5, 10)
    run.end(Status.DONE)
    await relay(run, client.report)
    assert [(int(done), total) for done, total, _ in client.notes] == [(5, 10)]


async def test_a_silent_run_gives_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT", 0.01)
    run, client = new_run(), Client()

    async def report(done: float, total: float | None, message: str) -> None:
        await client.report(done, total, message)
        if len(client.notes) == 3:
            run.end(Status.DONE)

    await relay(run, report)
    assert all(message.startswith("running for") for *_, message in client.notes)
    assert all(a < b for (a, *_), (b, *_) in pairwise(client.notes))
