"""Servers that start at once on one workspace, one of which is killed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace
from tests.endurance.servers import left_processes, serve

CONFIG = """
[connections.conn_postgres]
embedded = true
create_tables = true
[limits]
runs = 8
"""
LOADS = """
import time
from datamaker import DataMaker
dm = DataMaker()
shop = dm.connection("conn_postgres")
for part in range(30):
    shop.insert(f"rows_{dm.run_id}", [{"part": part, "n": n} for n in range(100)])
    print(part)
    time.sleep(0.01)
"""
DIES = """
import time
from datamaker import DataMaker
dm = DataMaker()
shop = dm.connection("conn_postgres")
shop.execute("select 1")
def rows():
    for n in range(10**9):
        if n == 20_000:
            print("half way")
        if n > 20_000:
            time.sleep(0.001)
        yield {"n": n}
shop.insert("half", rows())
"""
COUNTS = """
from datamaker import DataMaker
dm = DataMaker()
shop = dm.connection("conn_postgres")
tables = [row["relname"] for row in shop.execute("select relname::text from pg_class where relname like 'rows_run_%'")]
counts = {table: shop.execute(f"select count(*) as n from {table}")[0]["n"] for table in tables}
half = shop.execute("select count(*) as n from pg_class where relname = 'half'")[0]["n"]
dm.result({"counts": counts, "half": half})
"""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("count", [2, pytest.param(5, marks=pytest.mark.endurance)])
async def test_when_one_of_several_servers_is_killed_the_others_finish(
    root: Path, tmp_path: Path, supervisor: Supervisor, count: int
) -> None:
    (root / "dm.toml").write_text(CONFIG)
    for name, source in {"loads": LOADS, "dies": DIES, "counts": COUNTS}.items():
        (root / f"{name}.py").write_text(source)
    all_begun, dead, done = asyncio.Barrier(count), asyncio.Event(), list[str]()

    async def live(number: int) -> None:
        async with serve(root, tmp_path / f"{number}.pid") as server:
            begun = asyncio.Event()

            def see(line: str) -> None:
                if not line.startswith("seed "):
                    begun.set()

            run = asyncio.create_task(server.execute("loads" if number else "dies", see))
            await begun.wait()
            await all_begun.wait()
            if number == 0:
                server.kill()
                assert await run is None
                dead.set()
                return
            result = await run
            assert result is not None
            assert result["status"] == "done", result
            done.append(result["run_id"])
            await dead.wait()
            if number == 1:
                counted = await server.execute("counts")
                assert counted is not None
                counts = counted["result"]["counts"]
                assert counts.items() >= {f"rows_{run_id}": 3000 for run_id in done}.items()
                assert counted["result"]["half"] == 0

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(live(number))
    async with Engine(Workspace(root), supervisor) as engine:
        await engine.warm_up()
        runs = {run.id: run for run in (await engine.history.find(limit=99)).runs}
        assert len(runs) == count + 1
        assert not left_processes(set(runs))
        assert {runs.pop(run_id).status for run_id in done} == {Status.DONE}
        assert sorted(run.status for run in runs.values()) == [Status.DONE, Status.INTERRUPTED]
        for run_id in done:
            assert [line.text for line in await engine.history.lines(run_id)][1:] == [str(n) for n in range(30)]
    left = [path.name for name in ("runs", "servers") for path in (root / ".dm" / name).iterdir()]
    assert left == []
