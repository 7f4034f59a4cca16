"""What all tools have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mcp import Client

from dm_mcp.runs.engine import Engine
from tests.server.in_memory import each_mode, text_of

Write = Callable[[str, str], None]


async def test_the_tools_are_few_and_small(reader: Client) -> None:
    listed = await reader.list_tools()
    assert [tool.name for tool in listed.tools] == [
        *("list_scenarios", "get_scenario", "list_templates", "list_connections"),
        *("execute_scenario", "get_run", "get_scenario_run_logs", "list_runs", "cancel_run", "rerun"),
        *("generate", "list_field_types"),
    ]
    assert len(listed.model_dump_json(by_alias=True, exclude_none=True)) <= 16_000


async def test_every_tool_and_argument_is_described(reader: Client) -> None:
    for tool in (await reader.list_tools()).tools:
        assert tool.title
        assert tool.description
        assert tool.annotations is not None
        assert tool.output_schema
        assert tool.input_schema["additionalProperties"] is False
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name} does not describe {name}"


@each_mode
@pytest.mark.parametrize(
    ("arguments", "hint"), [({"parameters": {"n": 1}}, "'params'"), ({"customers": 5}, "go into `params`")]
)
async def test_an_unknown_argument_is_refused_and_nothing_runs(
    client: Client, write: Write, engine: Engine, arguments: dict[str, Any], hint: str
) -> None:
    write("a", "print(1)")
    result = await client.call_tool("execute_scenario", {"scenario": "a", **arguments})
    assert result.is_error
    assert "invalid_request: execute_scenario has no argument" in text_of(result)
    assert hint in text_of(result)
    assert (await engine.history.find()).runs == []


@pytest.mark.parametrize(
    "arguments", [{"count": 10_001}, {"count": -1}, {"seed": 2**53}, {"format": "xml"}, {"dialect": "db2"}]
)
async def test_arguments_out_of_range_are_refused(reader: Client, arguments: dict[str, Any]) -> None:
    result = await reader.call_tool("generate", {"template": "tmpl_order", **arguments})
    assert result.is_error
    assert f"invalid_request: {next(iter(arguments))}" in text_of(result)
    assert "pydantic" not in text_of(result)


async def test_the_hints_say_what_a_tool_does_to_the_world(reader: Client) -> None:
    tools = {tool.name: tool.annotations for tool in (await reader.list_tools()).tools}
    changing = {name for name, hints in tools.items() if hints and not hints.read_only_hint}
    assert changing == {"execute_scenario", "cancel_run", "rerun"}
    assert all(hints and hints.destructive_hint for name, hints in tools.items() if name in changing)
    assert {name for name in changing if (hints := tools[name]) and hints.idempotent_hint} == {"cancel_run"}


async def test_the_capabilities_are_what_there_is(reader: Client) -> None:
    declared = reader.server_capabilities
    assert declared.tools is not None
    assert declared.resources is not None
    assert declared.prompts is not None
    assert not declared.tools.list_changed  # the list of tools is the same for ever
    assert declared.resources.list_changed
    assert declared.resources.subscribe
    assert declared.prompts.list_changed
    assert declared.completions is not None


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_run", {"run_id": "\ud800"}),
        ("get_run", {"run_id": "run_\0"}),
        ("get_run", {"run_id": "x" * 100_000}),
        ("get_scenario_run_logs", {"run_id": "../../runs.db"}),
        ("cancel_run", {"run_id": ""}),
        ("rerun", {"run_id": "run_' OR 1=1 --"}),
        ("list_runs", {"cursor": "9" * 5_000}),
        ("list_runs", {"cursor": "-1"}),
        ("list_runs", {"scenario": "nothing\0"}),
        ("list_scenarios", {"cursor": "\u0663"}),
        ("list_templates", {"cursor": "1e3"}),
        ("get_scenario", {"scenario": "../" * 1_000}),
        ("execute_scenario", {"scenario": "\ud800"}),
        ("execute_scenario", {"scenario": "a", "idempotency_key": "k" * 10_000}),
        ("execute_scenario", {"scenario": "a", "idempotency_key": "\udcff"}),
        ("execute_scenario", {"scenario": "a", "params": {"k" * 100_000: "v" * 100_000}}),
        ("execute_scenario", {"scenario": "a", "x" * 100_000: 1}),
        ("generate", {"template": "\0" * 30_000}),
    ],
)
async def test_hostile_input_is_refused_in_few_words(
    reader: Client, share: Write, tool: str, arguments: dict[str, Any]
) -> None:
    share("a", "print(1)")
    result = await reader.call_tool(tool, arguments)
    assert result.is_error
    code, separator, _ = text_of(result).partition(": ")
    assert separator
    assert code.replace("_", "").isalpha()
    assert "Traceback" not in text_of(result)
