"""The server as clients start it: a process on standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from tests.conftest import SHIPPED, Database, processes_with

Write = Callable[[str, str], None]


def server(root: Path) -> StdioServerParameters:
    arguments = ["-m", "dm_mcp", "serve", "--workspace", str(root)]
    return StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))


async def test_the_regression_seeding_scenario_from_a_chat(root: Path, write: Write, database: Database) -> None:
    write("regression_seeding", (SHIPPED / "regression_seeding.py").read_text())
    notes: list[tuple[float, str]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        notes.append((progress, message or ""))

    async with Client(server(root), mode="legacy") as client:  # as most clients do; test_faces.py has the others
        result = await client.call_tool(
            "execute_scenario",
            {"scenario": "run the regression seeding scenario", "params": {"customers": 50, "orders": 200}},
            progress_callback=note,
        )
    data = result.structured_content
    assert data is not None
    assert data["status"] == "done"
    told = [line for _, message in notes for line in message.splitlines() if line]
    assert told == data["log_tail"]
    assert all(a < b for (a, _), (b, _) in pairwise(notes))
    counts = await database.connection.fetchrow(
        "select count(*) as orders, count(c.id) as matched from orders o left join customers c on c.id = o.customer_id"
    )
    assert tuple(counts or ()) == (200, 200)


async def test_what_a_scenario_prints_never_reaches_the_wire(root: Path, write: Write) -> None:
    write("a", 'import os\nos.write(1, b\'{"jsonrpc": "2.0", "method": "evil"}\\n\')\nos.system("echo from a child")')
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *["-m", "dm_mcp", "serve", "--workspace", str(root)],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def send(message: dict[str, Any]) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    client_info = {"name": "test", "version": "0"}
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client_info}
    send({"id": 1, "method": "initialize", "params": hello})
    await process.stdout.readline()
    send({"method": "notifications/initialized"})
    send({"id": 2, "method": "tools/call", "params": {"name": "execute_scenario", "arguments": {"scenario": "a"}}})
    answer = json.loads(await process.stdout.readline())
    assert answer["id"] == 2
    assert "from a child" in answer["result"]["content"][0]["text"]
    process.stdin.close()
    assert await process.wait() == 0


async def test_a_run_goes_on_to_its_end_when_the_client_has_gone(root: Path, write: Write, database: Database) -> None:
    write(
        "a",
        "import time\nfrom datamaker import DataMaker\nshop = DataMaker().connection('conn_postgres')\n"
        "time.sleep(0.6)\nshop.insert('t', [{'id': 1}])",
    )
    async with Client(server(root)) as client:
        started = await client.call_tool("execute_scenario", {"scenario": "a", "wait_seconds": 0.3})
        assert started.structured_content is not None
        run_id = started.structured_content["run_id"]
    assert processes_with(run_id) == []
    assert await database.connection.fetchval("select count(*) from t") == 1
