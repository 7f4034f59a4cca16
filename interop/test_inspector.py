"""The official inspector, a client on the TypeScript SDK, over each face."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from interop.node import Finished, run_node
from tests.server.http_server import ServerProcess

TOOL_ERROR = 5
"""The inspector's exit status for a result that is an error."""

Inspect = Callable[..., Awaitable[Finished]]


@pytest.fixture(params=["stdio", "mcp", "sse"])
def inspect(root: Path, server: ServerProcess, tmp_path: Path, request: pytest.FixtureRequest) -> Inspect:
    """Ask the server for one method, over one face."""
    if request.param == "stdio":
        arguments = ["-m", "dm_mcp", "serve", "--workspace", str(root)]
        config = tmp_path / "mcp.json"
        config.write_text(json.dumps({"mcpServers": {"dm": {"command": sys.executable, "args": arguments}}}))
        target = ["--config", str(config), "--server", "dm"]
    else:
        target = [f"{server.url}/{request.param}", "--header", f"Authorization: Bearer {server.token}"]

    async def inspect(method: str, *options: str) -> Finished:
        return await run_node("inspector", "--cli", *target, "--method", method, *options, home=tmp_path)

    return inspect


async def call(inspect: Inspect, tool: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
    ended = await inspect("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
    assert ended.out, ended.err
    return ended.status, json.loads(ended.out)


async def test_the_tools_are_listed_without_an_error_in_their_schemas(inspect: Inspect) -> None:
    ended = await inspect("tools/list", "--strict")
    assert ended.status == 0, ended.err
    names = {tool["name"] for tool in json.loads(ended.out)["tools"]}
    assert {"list_scenarios", "execute_scenario", "get_run", "generate"} <= names


@pytest.mark.parametrize(
    ("method", "key"),
    [("resources/list", "resources"), ("resources/templates/list", "resourceTemplates"), ("prompts/list", "prompts")],
)
async def test_what_else_there_is_is_listed(inspect: Inspect, method: str, key: str) -> None:
    ended = await inspect(method)
    assert ended.status == 0, ended.err
    assert json.loads(ended.out)[key]


async def test_a_template_is_read_as_a_resource(inspect: Inspect) -> None:
    ended = await inspect("resources/read", "--uri", "template://tmpl_customer")
    assert ended.status == 0, ended.err
    [content] = json.loads(ended.out)["contents"]
    assert json.loads(content["text"])["id"] == "tmpl_customer"


async def test_a_scenario_is_a_prompt(inspect: Inspect) -> None:
    ended = await inspect("prompts/get", "--prompt-name", "hello", "--prompt-args", "name=Ada")
    assert ended.status == 0, ended.err
    [message] = json.loads(ended.out)["messages"]
    assert '{"scenario": "hello", "params": {"name": "Ada"}}' in message["content"]["text"]


async def test_a_run_is_followed_by_its_id(inspect: Inspect) -> None:
    _, started = await call(inspect, "execute_scenario", scenario="hello")
    run_id = started["structuredContent"]["run_id"]
    status, log = await call(inspect, "get_scenario_run_logs", run_id=run_id, after=1)
    assert status == 0
    assert [line["text"] for line in log["structuredContent"]["lines"]] == [f"hello you {n}" for n in range(3)]
    status, listed = await call(inspect, "list_runs", limit=1)
    assert listed["structuredContent"]["runs"][0]["run_id"] == run_id


async def test_scenarios_are_listed(inspect: Inspect) -> None:
    status, result = await call(inspect, "list_scenarios")
    assert status == 0
    assert {"fails", "hello"} <= {scenario["id"] for scenario in result["structuredContent"]["scenarios"]}


async def test_a_scenario_runs_with_its_parameters(inspect: Inspect) -> None:
    status, result = await call(inspect, "execute_scenario", scenario="run the hello scenario", params={"name": "Ada"})
    assert status == 0
    data = result["structuredContent"]
    assert (data["status"], data["result"]) == ("done", {"greeted": 3})
    assert data["log_tail"][-3:] == [f"hello Ada {n}" for n in range(3)]


async def test_a_failed_run_is_an_error_that_says_where(inspect: Inspect) -> None:
    status, result = await call(inspect, "execute_scenario", scenario="fails")
    assert status == TOOL_ERROR
    assert result["isError"] is True
    assert "fails.py:2: ValueError: no luck" in result["content"][0]["text"]


async def test_rows_are_generated(inspect: Inspect) -> None:
    status, result = await call(inspect, "generate", template="tmpl_customer", count=3, seed=7)
    assert status == 0
    assert len(result["structuredContent"]["rows"]) == 3
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]["rows"]


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("execute_scenario", {"scenario": "nothing of that name"}, "scenario_not_found"),
        ("execute_scenario", {"scenario": "hello", "colour": "red"}, "invalid_request"),
        ("generate", {"template": "tmpl_nothing"}, "template_not_found"),
    ],
)
async def test_a_bad_call_is_an_error_with_its_code(
    inspect: Inspect, tool: str, arguments: dict[str, Any], code: str
) -> None:
    status, result = await call(inspect, tool, **arguments)
    assert status == TOOL_ERROR
    assert code in result["content"][0]["text"]


@pytest.mark.parametrize("path", ["mcp", "sse"])
async def test_a_wrong_token_is_refused(server: ServerProcess, tmp_path: Path, path: str) -> None:
    wrong = ["--header", f"Authorization: Bearer {server.token}x", "--stored-auth-only"]
    ended = await run_node(
        "inspector", "--cli", f"{server.url}/{path}", *wrong, "--method", "tools/list", home=tmp_path
    )
    assert ended.status != 0
    assert ended.out == ""
