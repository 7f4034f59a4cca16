"""Five servers on one workspace, as five windows of an IDE start them; one is killed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from dm_mcp.connections.embedded.home import ROOT_BASE
from tests.endurance.witness import Witness
from tests.server.http_server import ServerProcess, http_server

SERVERS = 5
WORKING = """
import time
from datamaker import DataMaker
dm = DataMaker()
print(dm.run_id)
shop = dm.connection("conn_postgres")
for n in range(10):
    shop.insert("kept", [{"run": dm.run_id, "n": n}])
    print("inserted", n)
    time.sleep(0.1)
dm.result({"sum": shop.execute("select count(*) as n from kept where run = $1", [dm.run_id])[0]["n"]})
"""


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Path]:
    """A workspace with an embedded database of its own, which no test's setting reaches: the servers are processes."""
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "dm.toml").write_text(
        '[connections.conn_postgres]\nkind = "postgres"\nembedded = true\ncreate_tables = true\n[limits]\nruns = 5\n'
    )
    (root / "working.py").write_text(WORKING)
    yield root
    identity = root / ".dm" / "postgres" / "id"
    if identity.exists():  # root's data live elsewhere
        shutil.rmtree(ROOT_BASE / identity.read_text().strip(), ignore_errors=True)


async def data_of(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert result.structured_content is not None
    return result.structured_content


@pytest.mark.timeout(180)
async def test_one_killed_server_disturbs_none_of_the_others(workspace: Path) -> None:
    async with AsyncExitStack() as stack:
        servers = await asyncio.gather(*(stack.enter_async_context(http_server(workspace)) for _ in range(SERVERS)))
        doomed, *others = servers
        witness = Witness()
        ended: list[dict[str, Any]] = []
        begun = asyncio.Event()

        async def run_on(server: ServerProcess) -> None:
            async with server.client("mcp") as client:
                ended.append(await data_of(client, "execute_scenario", scenario="working"))

        async def doomed_run() -> None:
            try:
                async with doomed.client("mcp") as client:
                    await witness.start(client, "working")
            except* OSError:
                pass

        async def kill_when_all_run() -> None:
            async with others[0].client("mcp") as client:
                while True:
                    runs = (await data_of(client, "list_runs", status="running"))["runs"]
                    if len(runs) == SERVERS:
                        break
                    await anyio.sleep(0.02)
            doomed.process.kill()
            begun.set()

        async with anyio.create_task_group() as tasks:
            for server in others:
                tasks.start_soon(run_on, server)
            tasks.start_soon(doomed_run)
            tasks.start_soon(kill_when_all_run)

        assert begun.is_set()
        assert [(run["status"], run["result"]) for run in ended] == [("done", {"sum": 10})] * (SERVERS - 1)
        async with others[-1].client("mcp") as client:
            [lost] = (await data_of(client, "list_runs", status="interrupted"))["runs"]
            assert lost["run_id"] not in {run["run_id"] for run in ended}
            again = await data_of(client, "rerun", run_id=lost["run_id"])
            assert (again["status"], again["result"]) == ("done", {"sum": 10})
