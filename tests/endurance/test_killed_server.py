"""The only server of a workspace is killed, at any moment: nothing that was seen is lost, nothing half done is left."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.history import History
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import Database, processes_with
from tests.endurance.witness import Witness
from tests.server.http_server import ServerProcess, http_server

RUNS = 20
ROWS = 200  # of one insert
SEEDING = f"""
import time
from datamaker import DataMaker
dm = DataMaker()
print(dm.run_id)
for batch in range(10):
    print("batch", batch)
    dm.connection("conn_postgres").insert("kept", [{{"run": dm.run_id, "batch": batch, "n": n}} for n in range({ROWS})])
    time.sleep(0.02)
"""
HALF_DONE = f"select count(*) from (select from kept group by run, batch having count(*) <> {ROWS}) as half"


async def run_until_killed(server: ServerProcess, witness: Witness, seconds: float, *, early: bool) -> None:
    """Let many runs start at once, and kill the server so long after the clients, or after the first line of a run."""
    witness.heard = anyio.Event()

    async def client() -> None:
        try:
            async with server.client("mcp") as client, anyio.create_task_group() as calls:
                for _ in range(RUNS // 2):
                    calls.start_soon(witness.start, client, "seeding")
        except* (httpx2.TransportError, OSError, anyio.ClosedResourceError, anyio.BrokenResourceError):
            pass

    async with anyio.create_task_group() as clients:
        clients.start_soon(client)
        clients.start_soon(client)
        if not early:
            await witness.heard.wait()
        await anyio.sleep(seconds)
        server.process.kill()
        await server.process.wait()


@pytest.mark.timeout(900)
async def test_a_killed_server_loses_nothing_that_was_seen(
    root: Path, write: Callable[[str, str], None], database: Database, moments: int, supervisor: Supervisor
) -> None:
    write("seeding", SEEDING)
    shutil.rmtree(root / "templates")  # no scenario makes rows of them, and each server would make ready to
    (root / "dm.toml").write_text((root / "dm.toml").read_text() + "\n[limits]\nruns = 8\n")
    chance, witness = random.Random(7), Witness()
    for number in range(moments):
        async with http_server(root) as server:
            await run_until_killed(server, witness, chance.uniform(0.05, 2), early=number % 4 == 3)
        await look(root, witness, database)
    assert witness.seen, "No run was seen: the test proves nothing."
    async with Engine(Workspace(root), supervisor) as engine:  # the next server clears up
        await engine.warm_up()
        assert len(list((root / ".dm" / "servers").glob("*.lock"))) == 1
        assert list((root / ".dm" / "runs").glob("*/*")) == []


async def look(root: Path, witness: Witness, database: Database) -> None:
    """What must be true while no server lives."""
    history = History(Workspace(root))
    try:
        page = await history.find(limit=10_000)
        assert {run.status.ended for run in page.runs} <= {True}
        for run_id, seen in witness.seen.items():
            stored = {line.text for line in await history.lines(run_id, limit=10_000)}
            assert set(seen) <= stored
    finally:
        await history.close()
    for run in page.runs[: RUNS + 1]:
        await until_none_is_left(partial(workers, run.id))
    if await database.connection.fetchval("select to_regclass('kept')") is not None:
        await until_none_is_left(partial(database.connection.fetchval, SESSIONS))
        assert await database.connection.fetchval(HALF_DONE) == 0
    with sqlite3.connect(root / ".dm" / "runs.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()


async def workers(run_id: str) -> list[str]:
    return processes_with(run_id)


async def until_none_is_left(look: Callable[[], Awaitable[Any]]) -> None:
    """The kernel and PostgreSQL take a moment to see that a process is gone."""
    async with asyncio.timeout(10):
        while await look():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


SESSIONS = "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"
"""What the dead server's connections left: PostgreSQL notices within a moment that nobody is at the other end."""
