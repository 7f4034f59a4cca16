"""Runs of the workspace are found, followed and cancelled, whichever server they belong to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from dm_mcp.errors import RunNotFound, ServerUnreachable
from dm_mcp.runs import control, history
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.history import History
from dm_mcp.runs.run import Run, Status
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace

Write = Callable[[str, str], None]

OTHER = """
import asyncio, sys
from pathlib import Path
from dm_mcp.runs.engine import Engine
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace

async def main():
    async with Engine(Workspace(Path(sys.argv[1]))) as engine:
        run = await engine.start(engine.workspace.scenario(sys.argv[2]))
        print(run.id, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""

LINES = 3000
TALKS = f"import time\nfor n in range({LINES}):\n    print(n)\n    time.sleep(0 if n % 100 else 0.002)"
ASLEEP = 'print("started")\nimport time\ntime.sleep(60)'


class OtherServer:
    """A server in another process, with one run; it goes when its standard input is closed."""

    def __init__(self, process: asyncio.subprocess.Process, run_id: str) -> None:
        self.process = process
        self.run_id = run_id

    def kill(self) -> None:
        self.process.kill()

    async def leave(self) -> None:
        if self.process.returncode is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            await self.process.wait()


Serve = Callable[[str], Coroutine[Any, Any, OtherServer]]


@pytest.fixture
async def servers(root: Path) -> AsyncIterator[Serve]:
    started: list[OtherServer] = []

    async def serve(scenario: str) -> OtherServer:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", OTHER, str(root), scenario, stdin=pipe, stdout=pipe
        )
        assert process.stdout is not None
        server = OtherServer(process, (await process.stdout.readline()).decode().strip())
        started.append(server)
        return server

    yield serve
    for server in started:
        await server.leave()


@pytest.fixture
async def visitor(root: Path) -> AsyncIterator[History]:
    """The history as a process sees it that runs nothing itself."""
    history = History(Workspace(root))
    yield history
    await history.close()


async def until(run: Run, condition: Callable[[Run], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition(run):
            await run.changed_since(run.version)


async def test_a_run_of_another_server_is_followed_line_by_line_to_its_end(
    servers: Serve, visitor: History, write: Write
) -> None:
    write("a", TALKS)
    other = await servers("a")
    seen: list[str] = []
    async with visitor.follow(other.run_id, after=0) as run:
        while not run.status.ended:
            version = run.version
            seen += [line.text for line in run.lines_after(len(seen))]
            await run.changed_since(version)
        seen += [line.text for line in run.lines_after(len(seen))]
    assert seen[1:] == [str(n) for n in range(LINES)]
    assert run.status is Status.DONE
    assert run.lines == await visitor.lines(other.run_id, limit=LINES + 1)


async def test_a_run_is_followed_from_its_last_few_lines_or_from_any(
    servers: Serve, visitor: History, write: Write
) -> None:
    write("a", "for n in range(100): print(n)")
    other = await servers("a")
    async with visitor.follow(other.run_id) as run:
        await until(run, lambda run: run.status.ended)
    async with visitor.follow(other.run_id) as run:
        assert (len(run.lines), run.line_count) == (20, 101)
    async with visitor.follow(other.run_id, after=98) as run:
        assert [line.number for line in run.lines] == [99, 100, 101]
    for after in (101, 10**9):
        async with visitor.follow(other.run_id, after=after) as run:
            assert (run.lines, run.line_count) == ([], 101)


async def test_a_run_of_another_server_is_cancelled(servers: Serve, visitor: History, write: Write) -> None:
    write("a", ASLEEP)
    other = await servers("a")
    async with visitor.follow(other.run_id) as run:
        await until(run, lambda run: run.line_count == 2)
        await visitor.cancel(run)
        assert (await visitor.get(run.id)).status is Status.CANCELLED
        await until(run, lambda run: run.status is Status.CANCELLED)
    await visitor.cancel(run)
    assert (await visitor.get(run.id)).status is Status.CANCELLED


async def test_a_run_whose_server_is_killed_while_it_is_followed_is_interrupted(
    servers: Serve, visitor: History, write: Write
) -> None:
    write("a", ASLEEP)
    other = await servers("a")
    async with visitor.follow(other.run_id, after=0) as run:
        await until(run, lambda run: run.line_count == 2)
        other.kill()
        await until(run, lambda run: run.status.ended)
    assert run.status is Status.INTERRUPTED
    assert run.error is not None
    assert run.error.code == "interrupted"
    assert [line.text for line in run.lines][1:] == ["started"]


async def test_a_run_whose_server_is_gone_is_interrupted_for_whoever_looks_first(
    servers: Serve, visitor: History, write: Write
) -> None:
    write("a", ASLEEP)
    first, second = await servers("a"), await servers("a")
    for other in (first, second):
        other.kill()
        await other.process.wait()
    assert (await visitor.get(first.run_id)).status is Status.INTERRUPTED
    assert [run.status for run in (await visitor.find()).runs] == [Status.INTERRUPTED] * 2


async def test_cancelling_a_run_whose_server_is_gone_interrupts_it(
    servers: Serve, visitor: History, write: Write
) -> None:
    write("a", ASLEEP)
    other = await servers("a")
    run = await visitor.get(other.run_id)
    other.kill()
    await other.process.wait()
    await visitor.cancel(run)
    assert (await visitor.get(run.id)).status is Status.INTERRUPTED


async def test_a_server_that_is_stopped_is_told_as_one_that_hangs_and_its_run_stays(
    servers: Serve, visitor: History, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_SECONDS", 0.05)
    write("a", ASLEEP)
    other = await servers("a")
    run = await visitor.get(other.run_id)
    os.kill(other.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ServerUnreachable):
            await visitor.cancel(run)
        assert not (await visitor.get(run.id)).status.ended
        async with visitor.follow(run.id) as followed:
            assert not followed.status.ended
    finally:
        os.kill(other.process.pid, signal.SIGCONT)


async def test_a_run_that_goes_from_the_history_while_it_is_followed_ends_for_its_follower(
    servers: Serve, visitor: History, write: Write, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_RETRY", 0.001)
    write("a", ASLEEP)
    other = await servers("a")
    async with visitor.follow(other.run_id) as run:
        await until(run, lambda run: run.line_count == 2)
        for file in (root / ".dm").glob("runs.db*"):
            file.unlink()
        other.kill()
        await until(run, lambda run: run.status.ended)
    assert isinstance(run.error, RunNotFound)


async def test_a_live_run_is_given_as_it_is(engine: Engine, write: Write) -> None:
    write("a", ASLEEP)
    run = await engine.start(engine.workspace.scenario("a"))
    assert await engine.history.get(run.id) is run
    async with engine.history.follow(run.id, after=5) as followed:
        assert followed is run
    await engine.cancel(run)


async def test_a_run_of_before_is_read_as_it_ended(root: Path, write: Write, supervisor: Supervisor) -> None:
    write("a", "from datamaker import DataMaker\nprint('ü')\nDataMaker().result({'n': 1})")
    async with Engine(Workspace(root), supervisor) as engine:
        run = await engine.start(engine.workspace.scenario("a"), seed=5, caller="test")
        await run.finished()
    async with Engine(Workspace(root), supervisor) as engine:
        kept = await engine.history.get(run.id)
        assert kept is not run
        assert kept == run
        assert [each.id for each in (await engine.history.find(scenario="a")).runs] == [run.id]
        again = await engine.rerun(kept)
        await again.finished()
        assert (again.seed, again.result) == (5, {"n": 1})
