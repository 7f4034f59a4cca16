"""The web application: several clients, and clients that go away in the middle of a call."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from typing import cast

import pytest
from mcp import Client
from mcp.server.streamable_http import StreamableHTTPServerTransport

from dm_mcp.runs.engine import Engine
from dm_mcp.server import app
from dm_mcp.server.mcp_server import WorkspaceServer
from tests.conftest import processes_with
from tests.server.http_server import BOTH, HttpServer, ServerProcess
from tests.server.in_process import serving_here
from tests.server.notes import Notes

Write = Callable[[str, str], None]
FACES = ["mcp", "mcp-legacy", "sse"]
SAY_RUN_ID = "import os, time\nprint('id', os.environ['DM_RUN_ID'])\n"


async def status_of(client: Client, run_id: str, wait: float = 30) -> str:
    result = await client.call_tool("get_run", {"run_id": run_id, "wait_seconds": wait})
    assert result.structured_content is not None
    return cast("str", result.structured_content["status"])


async def call_and_kill(server: HttpServer, face: str, scenario: str, wait: float) -> str:
    """Let a client process call, kill it once it heard the run's first line, and give the run's id."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "tests.server.doomed_client", face, server.url, server.token, scenario, str(wait)],
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"id "):
            process.send_signal(signal.SIGKILL)
            await process.communicate()
            return line.decode().removeprefix("id ").strip()
    raise AssertionError("The client ended before its run said a word.")


async def test_what_is_too_large_is_refused(shared_server: ServerProcess) -> None:
    body = b" " * (4 * 1024 * 1024 + 1)
    headers = {**shared_server.headers, **BOTH, "Content-Type": "application/json"}
    async with shared_server.http(**headers) as http:
        for path in ("/mcp", "/messages/"):
            assert (await http.post(path, content=body)).status_code == 413
        assert (await http.get("/health")).status_code == 200


async def test_clients_at_once_do_not_hear_each_other(shared_server: ServerProcess, share: Write) -> None:
    names = [f"{face}-{n}" for face in FACES for n in range(2)]

    async def run(name: str) -> list[str]:
        share(name, f"import time\nfor n in range(10):\n    print('{name}', n)\n    time.sleep(0.01)\n")
        notes = Notes()
        async with shared_server.client(name.rpartition("-")[0]) as client:
            await client.call_tool("execute_scenario", {"scenario": name}, progress_callback=notes)
        return notes.lines[1:]

    told = await asyncio.gather(*map(run, names))
    assert told == [[f"{name} {n}" for n in range(10)] for name in names]


@pytest.mark.parametrize("face", ["mcp", "sse"])
async def test_a_killed_client_cancels_its_run(shared_server: ServerProcess, share: Write, face: str) -> None:
    share("endless", f"{SAY_RUN_ID}time.sleep(60)\n")
    run_id = await call_and_kill(shared_server, face, "endless", 45)
    async with shared_server.client("mcp") as client:
        assert await status_of(client, run_id) == "cancelled"
    assert processes_with(run_id) == []


async def test_what_a_killed_client_of_a_session_began_goes_on_to_its_end(
    shared_server: ServerProcess, share: Write
) -> None:
    share("second", f"{SAY_RUN_ID}time.sleep(0.5)\nprint('over')\n")
    run_id = await call_and_kill(shared_server, "mcp-legacy", "second", 45)
    async with shared_server.client("mcp") as client:
        assert await status_of(client, run_id) == "done"


async def test_nothing_is_left_of_a_killed_client_but_its_run(
    engine: Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "SESSION_IDLE", 1.0)
    write("endless", f"{SAY_RUN_ID}while True:\n    print('x' * 1000)\n    time.sleep(0.001)\n")
    async with serving_here(engine) as server:
        run_id = await call_and_kill(server, "mcp-legacy", "endless", 0.5)
        async with asyncio.timeout(20):
            while sessions():  # noqa: ASYNC110 - no event tells of a session's end
                await asyncio.sleep(0.05)
        names = [task.get_name() for task in asyncio.all_tasks()]
        assert [name for name in names if name.startswith("run:")] == [f"run:{run_id}"]
        assert not [name for name in names if "mcp.server" in name]
        async with server.client("mcp") as client:
            assert await status_of(client, run_id, wait=0) == "running"


def sessions() -> int:
    gc.collect()
    return sum(isinstance(each, StreamableHTTPServerTransport) for each in gc.get_objects())


async def test_a_session_outlives_the_longest_wait(engine: Engine) -> None:
    async with Client(WorkspaceServer(engine)) as client:
        [tool] = [tool for tool in (await client.list_tools()).tools if tool.name == "execute_scenario"]
    assert tool.input_schema["properties"]["wait_seconds"]["maximum"] < app.SESSION_IDLE
