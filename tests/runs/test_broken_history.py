"""A history that can't be written or read: clear errors, nothing stored is lost, the server lives on."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from dm_mcp.errors import DmError, StoreFailed
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from dm_mcp.runs.sqlite import SqliteStore, statements
from dm_mcp.runs.sqlite.migrations import MIGRATIONS
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace
from tests.runs.records import add, add_ended, log

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


async def rows(engine: Engine) -> int:
    """Generate rows and count them."""
    made = bytearray()

    async def keep(chunk: bytes) -> None:
        made.extend(chunk)

    await engine.generator.generate(engine.workspace.template("tmpl_order"), 5, keep, format_="jsonl")
    return len(made.splitlines())


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


@pytest.fixture
def read_only(root: Path) -> Iterator[Path]:
    """A workspace with a history whose ``.dm`` can't be written, whoever asks."""
    state = Workspace(root).state
    yield state
    subprocess.run(["umount", "-l", str(state)], check=False, capture_output=True)


async def test_with_a_read_only_folder_runs_are_refused_and_scenarios_are_listed(
    read_only: Path, root: Path, write: Write, supervisor: Supervisor
) -> None:
    write("a", "")
    await asyncio.to_thread(mount, "--bind", "-o", "ro", str(read_only), str(read_only))
    async with Engine(Workspace(root), supervisor) as engine:
        assert [scenario.id for scenario in engine.workspace.scenarios()] == ["a"]
        with pytest.raises(DmError) as caught:
            await engine.start(engine.workspace.scenario("a"))
        assert "Let dm-mcp write" in caught.value.hint
        with pytest.raises(StoreFailed, match=r"\.dm/runs\.db") as caught:
            await engine.history.find()
        assert "Let dm-mcp write" in caught.value.hint


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


def spoil(file: Path, how: str) -> None:
    match how:
        case "truncated":
            file.write_bytes(file.read_bytes()[:5000])
        case "another's tables":
            file.unlink()
            with sqlite3.connect(file) as db:
                db.execute("CREATE TABLE runs (x)")
            db.close()
        case "newer":
            with sqlite3.connect(file) as db:
                db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
            db.close()
        case _:
            file.write_bytes(b"garbage " * 1000)


def move_away(root: Path) -> None:
    """Do what the hint says."""
    for path in root.glob(".dm/runs.db*"):
        path.rename(root / path.name)


@pytest.mark.parametrize("how", ["garbage", "truncated", "another's tables", "newer"])
async def test_a_broken_history_is_told_and_left_alone_and_the_rest_works(
    root: Path, write: Write, supervisor: Supervisor, how: str
) -> None:
    write("a", "")
    file = Workspace(root).state / "runs.db"
    store = SqliteStore(lambda: file)
    for _ in range(20):
        await add_ended(store, log(100))
    await store.close()
    spoil(file, how)
    spoiled = await asyncio.to_thread(file.read_bytes)
    async with Engine(Workspace(root), supervisor) as engine:
        for ask in (
            lambda: engine.start(engine.workspace.scenario("a")),
            engine.history.find,
            lambda: engine.history.get("run_x"),
        ):
            with pytest.raises(StoreFailed, match=r"\.dm/runs\.db") as caught:
                await ask()
            assert "ove runs.db" in caught.value.hint
        assert [scenario.id for scenario in engine.workspace.scenarios()] == ["a"]
        assert await rows(engine) == 5
        if how != "another's tables":  # those are good SQLite, and are switched to WAL
            assert await asyncio.to_thread(file.read_bytes) == spoiled
        move_away(root)
        run = await engine.start(engine.workspace.scenario("a"))
        await run.finished()
        assert run.status is Status.DONE


async def test_an_empty_file_is_a_new_history(root: Path, write: Write, supervisor: Supervisor) -> None:
    write("a", "")
    (Workspace(root).state / "runs.db").touch()
    async with Engine(Workspace(root), supervisor) as engine:
        run = await engine.start(engine.workspace.scenario("a"))
        await run.finished()
        assert [each.id for each in (await engine.history.find()).runs] == [run.id]


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


async def test_a_clock_that_jumps_back_mixes_nothing_up(
    engine: Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a", "print(1)\nprint(2)")
    times = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(times)))
    runs = [await engine.start(engine.workspace.scenario("a")) for _ in range(3)]
    for run in runs:
        await run.finished()
    monkeypatch.undo()
    found = (await engine.history.find()).runs
    assert [run.id for run in found] == [run.id for run in reversed(runs)]
    for run in runs:
        assert run.duration == 0
        lines = await engine.history.lines(run.id)
        assert [line.text for line in lines][1:] == ["1", "2"]
        assert [line.number for line in lines] == [1, 2, 3]
