"""A store that fails for a while, or whose file goes: runs end with the reason, and nothing that was seen is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from dm_mcp.errors import StoreFailed
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from dm_mcp.runs.sqlite import SqliteStore, statements
from dm_mcp.workspace.workspace import Workspace
from tests.runs.records import add

Write = Callable[[str, str], None]

ASLEEP = 'print("started")\nimport time\ntime.sleep(60)'


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def small_disk(root: Path) -> Iterator[Path]:
    """The workspace's ``.dm`` on a disk of 1 MiB."""
    state = root / ".dm"
    state.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(state))
    yield state
    subprocess.run(["umount", "-l", str(state)], check=True)


@pytest.fixture
async def disk_engine(small_disk: Path, root: Path) -> AsyncIterator[Engine]:
    """Its workers are its own: those of before the mount don't see it."""
    async with Engine(Workspace(root)) as engine:
        yield engine


async def test_on_a_full_disk_runs_end_with_the_reason_and_what_was_stored_stays(
    disk_engine: Engine, small_disk: Path, write: Write
) -> None:
    write("quick", "print('kept')")
    write("talks", "import time\nwhile True:\n    print('x' * 1000)\n    time.sleep(0.0005)")
    before = await disk_engine.start(disk_engine.workspace.scenario("quick"))
    await before.finished()
    run = await disk_engine.start(disk_engine.workspace.scenario("talks"))
    async with asyncio.timeout(30):
        await run.finished()
    assert run.status is Status.FAILED
    assert isinstance(run.error, StoreFailed)
    assert "Make room" in run.error.hint
    assert disk_engine.workspace.scenarios()
    assert (await disk_engine.history.get(before.id)).status is Status.DONE
    seen = len(run.lines)
    await asyncio.to_thread(mount, "-o", "remount,size=16m", str(small_disk))
    after = await disk_engine.start(disk_engine.workspace.scenario("quick"))
    async with asyncio.timeout(30):
        await after.finished()
    assert after.status is Status.DONE
    stored = await disk_engine.history.lines(run.id, limit=10**6)
    assert len(stored) >= seen
    assert stored == run.lines
    assert (await disk_engine.history.store.get(run.id, tail=0)).status is Status.FAILED


async def test_a_store_that_fails_for_a_while_ends_all_runs_with_the_reason_once(
    engine: Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a", "import time\nwhile True:\n    print(1)\n    time.sleep(0.001)")
    write("b", "")
    runs = [await engine.start(engine.workspace.scenario("a")) for _ in range(6)]  # two of them wait for their turn

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    async with asyncio.timeout(30):
        while runs[0].line_count < 3:
            await runs[0].changed_since(runs[0].version)
        with monkeypatch.context() as patch:
            patch.setattr(statements, "save", fail)
            for run in runs:
                await run.finished()
        assert {(run.status, type(run.error)) for run in runs} == {(Status.FAILED, StoreFailed)}
        after = await engine.start(engine.workspace.scenario("b"))
        await after.finished()
    for run in runs:
        kept = await engine.history.store.get(run.id, tail=10**6)
        assert (kept.status, kept.lines) == (Status.FAILED, run.lines)


@pytest.mark.parametrize("pattern", ["runs.db", "runs.db*"])
async def test_a_history_deleted_under_a_running_server_begins_anew(engine: Engine, write: Write, pattern: str) -> None:
    write("a", "print(1)")
    write("sleeps", ASLEEP)
    first = await engine.start(engine.workspace.scenario("sleeps"))
    assert len((await engine.history.find()).runs) == 1
    for file in engine.workspace.state.glob(pattern):
        file.unlink()
    assert (await engine.history.find()).runs == []
    run = await engine.start(engine.workspace.scenario("a"))
    await run.finished()
    await engine.cancel(first)
    assert first.status is Status.CANCELLED
    assert [each.id for each in (await engine.history.find()).runs] == [run.id]
    assert await engine.history.lines(run.id) == run.lines
    with sqlite3.connect(engine.workspace.state / "runs.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


async def test_servers_whose_history_is_deleted_begin_one_new_history_together(root: Path) -> None:
    file = Workspace(root).state / "runs.db"
    stores = [SqliteStore(lambda: file) for _ in range(5)]
    await asyncio.gather(*(add(store) for store in stores))
    await asyncio.to_thread(file.unlink)
    added = await asyncio.gather(*(add(store) for store in stores for _ in range(5)))
    for store in stores:
        assert {run.id for run in (await store.find(limit=99)).runs} == {run.id for run in added}
        await store.close()
