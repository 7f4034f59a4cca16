"""The only server is killed, at random moments, while runs go on: nothing that anybody saw is lost."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import defaultdict
from pathlib import Path

import pytest

from dm_mcp.runs.engine import Engine
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import Database
from tests.endurance.servers import left_processes, serve
from tests.workers.harness import until

RUNS, ROWS, SEED = 20, 200, 20261124
SOURCE = f"""
import time
from datamaker import DataMaker
dm = DataMaker()
shop = dm.connection("conn_postgres")
for part in range(10):
    for n in range(20):
        print(f"line {{dm.run_id}} {{part * 20 + n + 1}}")
    shop.insert("parts", [{{"run": dm.run_id, "part": part, "n": n}} for n in range({ROWS})])
    time.sleep(0.005)
"""


async def attack(root: Path, pid_file: Path, seconds: float) -> dict[str, int]:
    """Start a server and `RUNS` runs, kill it after so many seconds; by run, the last line that a client saw."""
    seen: dict[str, int] = defaultdict(int)

    def see(line: str) -> None:
        if line.startswith("line run_"):
            _, run_id, number = line.split()
            assert int(number) == seen[run_id] + 1
            seen[run_id] += 1

    async with serve(root, pid_file) as server:
        calls = [asyncio.create_task(server.execute("a", see)) for _ in range(RUNS)]
        await asyncio.wait(calls, timeout=seconds)
        server.kill()
        await asyncio.gather(*calls)
    return seen


@pytest.mark.timeout(900)
@pytest.mark.parametrize("moments", [2, pytest.param(50, marks=pytest.mark.endurance)])
async def test_after_a_kill_at_any_moment_all_is_in_order(
    root: Path, tmp_path: Path, database: Database, supervisor: Supervisor, moments: int
) -> None:
    await database.connection.execute("create table parts (run text, part int, n int)")
    (root / "a.py").write_text(SOURCE)
    chance, known, seen_in_all = random.Random(SEED), set[str](), 0
    for _ in range(moments):
        seen = await attack(root, tmp_path / "pid", chance.uniform(0.05, 2.5))
        async with Engine(Workspace(root), supervisor) as engine:
            await engine.warm_up()
            runs = {run.id: run for run in (await engine.history.find(limit=10**4)).runs if run.id not in known}
            assert seen.keys() <= runs.keys()
            assert all(run.status.ended for run in runs.values())
            for run_id, run in runs.items():
                stored = await engine.history.lines(run_id, limit=10**4)
                assert [line.number for line in stored] == list(range(1, run.line_count + 1))
                told = [line.text for line in stored if line.text.startswith("line ")]
                assert told == [f"line {run_id} {n}" for n in range(1, len(told) + 1)]
                assert len(told) >= seen[run_id]
            seen_in_all += sum(seen.values())
            known |= runs.keys()
            await until(lambda: not left_processes(set(runs)))  # noqa: B023 - it is over when the loop goes on
        half = await database.connection.fetch(
            "select run, part from parts group by run, part having count(*) <> $1", ROWS
        )
        assert half == []
        left = [path.name for name in ("runs", "servers") for path in (root / ".dm" / name).iterdir()]
        assert left == []
        check_file(root / ".dm" / "runs.db")
    assert seen_in_all > 0


def check_file(file: Path) -> None:
    db = sqlite3.connect(file)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
