"""What every face must do, checked the same way on each: stdio and HTTP, both eras of the protocol, and SSE."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import processes_with
from tests.server.holding import held
from tests.server.http_server import Mode, ServerProcess
from tests.server.in_memory import data_of, text_of
from tests.server.notes import Notes

Write = Callable[[str, str], None]
FACES = ["stdio", "stdio-legacy", "mcp", "mcp-legacy", "sse"]
SAY_RUN_ID = "import os\nprint('id', os.environ['DM_RUN_ID'])\n"


@pytest.fixture(scope="module", params=FACES)
async def client(
    shared_root: Path, shared_server: ServerProcess, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    face = cast("str", request.param)
    if face.startswith("stdio"):
        arguments = ["-m", "dm_mcp", "serve", "--workspace", str(shared_root)]
        mode: Mode = "legacy" if face == "stdio-legacy" else "auto"
        parameters = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
        opened = Client(parameters, mode=mode)
    else:
        opened = shared_server.client(face)
    async for client in held(opened):
        yield client


async def test_the_tools_are_listed(client: Client) -> None:
    names = [tool.name for tool in (await client.list_tools()).tools]
    assert {"list_scenarios", "execute_scenario", "get_run", "generate"} <= set(names)


async def test_a_run_tells_its_lines_in_order_while_it_goes_on(client: Client, share: Write) -> None:
    share("lines", "for n in range(10_000):\n    print('line', n)\n")
    notes = Notes()
    result = await client.call_tool("execute_scenario", {"scenario": "lines"}, progress_callback=notes)
    assert data_of(result)["status"] == "done"
    assert notes.lines[1:] == [f"line {n}" for n in range(10_000)]
    assert all(a < b for a, b in pairwise(notes.numbers))


async def test_lines_arrive_before_the_run_has_ended(client: Client, share: Write) -> None:
    share("waits", "import time\nprint('begun')\nwhile True:\n    time.sleep(0.05)\n")
    notes = Notes()
    call = asyncio.create_task(client.call_tool("execute_scenario", {"scenario": "waits"}, progress_callback=notes))
    await notes.line("begun")
    assert not call.done()
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call


async def test_a_failed_run_is_a_tool_error_that_says_where(client: Client, share: Write) -> None:
    share("fails", "print('so far')\n\nraise ValueError('no luck')\n")
    result = await client.call_tool("execute_scenario", {"scenario": "fails"})
    assert result.is_error
    assert "script_error: fails.py:3: ValueError: no luck" in text_of(result)
    assert data_of(result)["status"] == "failed"


async def test_a_cancelled_call_cancels_its_run(client: Client, share: Write) -> None:
    share("cancelled", f"{SAY_RUN_ID}import time\ntime.sleep(60)\n")
    notes = Notes()
    call = asyncio.create_task(client.call_tool("execute_scenario", {"scenario": "cancelled"}, progress_callback=notes))
    run_id = await notes.line("id ")
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call
    ended = await client.call_tool("get_run", {"run_id": run_id, "wait_seconds": 30})
    assert data_of(ended)["status"] == "cancelled"
    assert processes_with(run_id) == []


async def test_a_long_run_goes_on_past_its_call_and_is_followed(client: Client, share: Write) -> None:
    share("long", "import time\nprint('begun')\ntime.sleep(0.3)\nprint('over')\n")
    started = await client.call_tool("execute_scenario", {"scenario": "long", "wait_seconds": 0.1})
    assert data_of(started)["status"] == "running"
    notes = Notes()
    ended = await client.call_tool(
        "get_run", {"run_id": data_of(started)["run_id"], "wait_seconds": 30}, progress_callback=notes
    )
    assert data_of(ended)["status"] == "done"
    assert "over" in notes.lines


async def test_two_runs_at_once_tell_each_call_its_own_lines(client: Client, share: Write) -> None:
    for name in ("one", "two"):
        share(name, f"import time\nfor n in range(20):\n    print('{name}', n)\n    time.sleep(0.005)\n")
    told = {"one": Notes(), "two": Notes()}
    await asyncio.gather(
        *(client.call_tool("execute_scenario", {"scenario": name}, progress_callback=told[name]) for name in told)
    )
    for name, notes in told.items():
        assert notes.lines[1:] == [f"{name} {n}" for n in range(20)]


async def test_rows_are_generated(client: Client) -> None:
    rows = [
        data_of(await client.call_tool("generate", {"template": "tmpl_customer", "count": 3, "seed": 7}))["rows"]
        for _ in range(2)
    ]
    assert len(rows[0]) == 3
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("execute_scenario", {"scenario": "nothing of that name"}, "scenario_not_found"),
        ("execute_scenario", {"scenario": "fails", "colour": "red"}, "invalid_request"),
        ("generate", {"template": "tmpl_nothing"}, "template_not_found"),
        ("generate", {"template": "tmpl_order", "count": "many"}, "invalid_request"),
        ("get_run", {"run_id": "run_nothing"}, "run_not_found"),
    ],
)
async def test_a_bad_call_is_a_tool_error_with_its_code(
    client: Client, share: Write, tool: str, arguments: dict[str, Any], code: str
) -> None:
    share("fails", "raise ValueError\n")
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert code in text_of(result)
