"""A disk that is full or read-only, a history that is damaged, newer or gone: told clearly, and nothing lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from dm_mcp.errors import DmError, StoreFailed
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.history import History
from dm_mcp.runs.run import Run, Status
from dm_mcp.workspace.workspace import Workspace
from tests.runs.records import task_done

Write = Callable[[str, str], None]

TMPFS = 600 * 1024  # bytes: enough for a history of a few runs


async def run_of(engine: Engine, scenario_id: str) -> Run:
    run = await engine.start(engine.workspace.scenario(scenario_id))
    async with asyncio.timeout(30):
        await run.finished()
    return run


async def generates(engine: Engine) -> bool:
    out = bytearray()

    async def write(chunk: bytes) -> None:
        out.extend(chunk)

    await engine.generator.generate(engine.workspace.template("tmpl_order"), 3, write, format_="jsonl")
    return out.count(b"\n") == 3


@pytest.fixture
def small_disk(root: Path) -> Iterator[Path]:
    """The workspace's folder of state on a disk of its own that is soon full."""
    state = root / ".dm"
    state.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS},mode=0700", "tmpfs", str(state)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("nothing may be mounted here")
    yield state
    subprocess.run(["umount", "-l", str(state)], check=True)


async def test_a_full_disk_ends_the_run_and_loses_nothing_that_was_stored(
    small_disk: Path, root: Path, write: Write
) -> None:
    write("small", "print('kept')")
    write("large", "for n in range(10**6): print(n, 'x' * 200)")
    async with Engine(Workspace(root)) as engine:  # its workers must see the new disk
        kept = await run_of(engine, "small")
        lost = await run_of(engine, "large")
        assert lost.status is Status.FAILED
        assert lost.error is not None
        assert lost.error.code == "store_failed"
        assert "room on the disk" in lost.error.hint
        assert [line.text for line in await engine.history.lines(kept.id)][1:] == ["kept"]
        seen = [line.text for line in lost.lines]
        assert [line.text for line in await engine.history.lines(lost.id, limit=10**6)][: len(seen)] == seen
        assert engine.workspace.scenarios()
    with sqlite3.connect(small_disk / "runs.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()


async def test_when_there_is_room_again_runs_start_again(small_disk: Path, root: Path, write: Write) -> None:
    write("small", "print('kept')")
    async with Engine(Workspace(root)) as engine:  # its workers must see the new disk
        await run_of(engine, "small")
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(b"x" * 4096)
        with pytest.raises(DmError) as caught:
            for _ in range(50):  # what is free within the files is used first
                await run_of(engine, "small")
                if (latest := (await engine.history.find(limit=1)).runs[0]).error:
                    raise latest.error
        assert caught.value.code in ("store_failed", "workspace_invalid")
        assert caught.value.hint
        ballast.unlink()
        assert (await run_of(engine, "small")).status is Status.DONE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_of_state_that_may_not_be_written_is_told(root: Path, write: Write) -> None:
    write("a", "print(1)")
    state = Workspace(root).state
    state.chmod(0o500)
    try:
        async with Engine(Workspace(root)) as engine:
            with pytest.raises(DmError) as caught:
                await engine.start(engine.workspace.scenario("a"))
            assert caught.value.code in ("store_failed", "workspace_invalid")
            assert ".dm" in str(caught.value)
            assert engine.workspace.scenarios()
    finally:
        state.chmod(0o700)


@pytest.fixture
async def history_of_one(engine: Engine, write: Write) -> AsyncIterator[Run]:
    """A run that has ended and is in the history; the file is whole on the disk."""
    write("a", "print('kept')")
    run = await run_of(engine, "a")
    for name in ("trim", "journal"):  # nobody writes any more
        await task_done(name)
    await engine.history.close()
    yield run


@pytest.mark.parametrize("damage", ["garbage", "cut"])
async def test_a_damaged_history_is_told_and_left_as_it_is(
    engine: Engine, root: Path, history_of_one: Run, damage: str
) -> None:
    file = root / ".dm" / "runs.db"
    file.write_bytes(b"garbage " * 2000 if damage == "garbage" else file.read_bytes()[:6000])
    before = file.read_bytes()
    with pytest.raises(StoreFailed, match="damaged") as caught:
        await engine.start(engine.workspace.scenario("a"))
    assert "runs.db" in caught.value.hint
    with pytest.raises(StoreFailed):
        await engine.history.find()
    assert await generates(engine)
    assert file.read_bytes() == before


async def test_tables_of_somebody_else_are_told_and_left_as_they_are(
    engine: Engine, root: Path, history_of_one: Run
) -> None:
    file = root / ".dm" / "runs.db"
    with sqlite3.connect(file) as database:
        database.execute("ALTER TABLE runs RENAME TO others")
    database.close()
    with pytest.raises(StoreFailed, match="damaged"):
        await engine.start(engine.workspace.scenario("a"))
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT id FROM others").fetchall() == [(history_of_one.id,)]
    database.close()


async def test_a_history_that_was_mended_is_used_without_a_restart(
    engine: Engine, root: Path, history_of_one: Run
) -> None:
    file = root / ".dm" / "runs.db"
    copy = file.read_bytes()
    file.write_bytes(b"garbage " * 2000)
    with pytest.raises(StoreFailed):
        await engine.history.find()
    file.write_bytes(copy)
    assert [run.id for run in (await engine.history.find()).runs] == [history_of_one.id]
    assert (await run_of(engine, "a")).status is Status.DONE


async def test_an_empty_file_is_an_empty_history(engine: Engine, root: Path, write: Write) -> None:
    (engine.workspace.state / "runs.db").write_bytes(b"")
    write("a", "print(1)")
    assert (await run_of(engine, "a")).status is Status.DONE


async def test_a_newer_history_is_left_alone(engine: Engine, root: Path, history_of_one: Run) -> None:
    with sqlite3.connect(root / ".dm" / "runs.db") as database:
        database.execute("PRAGMA user_version = 1000")
    database.close()
    with pytest.raises(StoreFailed, match="newer dm-mcp"):
        await engine.start(engine.workspace.scenario("a"))


async def test_a_history_that_is_deleted_under_a_server_begins_anew(
    engine: Engine, root: Path, history_of_one: Run
) -> None:
    await engine.history.get(history_of_one.id)
    for file in (root / ".dm").glob("runs.db*"):
        file.unlink()
    run = await run_of(engine, "a")
    other = History(Workspace(root))
    assert (await other.get(run.id)).status is Status.DONE
    await other.close()


async def test_the_whole_folder_of_state_may_go_between_two_runs(root: Path, write: Write) -> None:
    write("a", "print(1)")
    code = (
        "import asyncio, shutil, sys; from pathlib import Path; from dm_mcp.runs.engine import Engine\n"
        "from dm_mcp.workspace.workspace import Workspace\n"
        "async def main(root):\n"
        "    async with Engine(Workspace(root)) as engine:\n"
        "        for _ in range(2):\n"
        "            run = await engine.start(engine.workspace.scenario('a')); await run.finished()\n"
        "            print(run.status); shutil.rmtree(root / '.dm', ignore_errors=True)\n"
        "asyncio.run(main(Path(sys.argv[1])))\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(root)], check=False, capture_output=True, text=True
    )
    assert done.stdout.split() == ["done", "done"], done.stderr
    shutil.rmtree(root / ".dm", ignore_errors=True)


async def test_a_clock_that_goes_back_leaves_runs_in_order_and_no_negative_time(
    engine: Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a", "print(1)")
    first = await run_of(engine, "a")
    now, calls = time.time(), 0

    def back() -> float:
        nonlocal calls
        calls += 1
        return now - 3600 * calls

    monkeypatch.setattr(time, "time", back)
    second = await run_of(engine, "a")
    monkeypatch.undo()
    assert second.duration == 0
    assert [run.id for run in (await engine.history.find()).runs] == [second.id, first.id]
    assert [line.number for line in await engine.history.lines(second.id)] == [1, 2]
