"""The tools, through an in-memory client of the official SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent

from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp import build_server
from tests.conftest import Database

Write = Callable[[str, str], None]
DM = "from datamaker import DataMaker\ndm = DataMaker()\n"


@pytest.fixture(params=["auto", "legacy"])
async def client(engine: Engine, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """A client of the stateless protocol, and one of the handshake's."""
    ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def hold() -> None:  # a task of its own: a cancel scope must be left where it was entered
        async with Client(build_server(engine), mode=request.param) as client:
            ready.set_result(client)
            await over.wait()

    holding = asyncio.create_task(hold())
    yield await ready
    over.set()
    await holding


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def data_of(result: CallToolResult) -> dict[str, Any]:
    assert result.structured_content is not None
    return result.structured_content


async def test_the_tools_are_few_and_small(client: Client) -> None:
    listed = await client.list_tools()
    assert [tool.name for tool in listed.tools] == ["list_scenarios", "execute_scenario", "get_run", "generate"]
    assert len(listed.model_dump_json(by_alias=True, exclude_none=True)) <= 16_000


async def test_every_tool_and_argument_is_described(client: Client) -> None:
    for tool in (await client.list_tools()).tools:
        assert tool.title
        assert tool.description
        assert tool.annotations is not None
        assert tool.output_schema
        assert tool.input_schema["additionalProperties"] is False
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name} does not describe {name}"


async def test_scenarios_are_listed_with_their_parameters_and_faults(client: Client, write: Write) -> None:
    write("broken", "def (:")
    write(
        "seeding",
        "# /// script\n# [tool.dm]\n# title = 'Seeding'\n# tags = ['x']\n# [tool.dm.params.n]\n# type = 'integer'\n"
        "# default = 3\n# ///\n",
    )
    result = data_of(await client.call_tool("list_scenarios", {}))
    broken, seeding = result["scenarios"]
    assert broken["error"]["where"] == {"file": "broken.py", "line": 1}
    assert broken["error"]["hint"]
    assert seeding["params"]["properties"]["n"]["default"] == 3
    assert seeding["error"] is None
    assert result["total"] == 2


async def test_scenarios_are_found_by_words_and_tags_and_come_in_pages(client: Client, write: Write) -> None:
    for n in range(5):
        write(f"seed_{n}", f"# /// script\n# [tool.dm]\n# tags = ['t{n % 2}']\n# ///\n")
    tagged = data_of(await client.call_tool("list_scenarios", {"tag": "t1"}))
    assert [s["id"] for s in tagged["scenarios"]] == ["seed_1", "seed_3"]
    named = data_of(await client.call_tool("list_scenarios", {"query": "SEED 4"}))
    assert [s["id"] for s in named["scenarios"]] == ["seed_4"]
    seen: list[str] = []
    cursor = None
    while True:
        page = data_of(await client.call_tool("list_scenarios", {"limit": 2, "cursor": cursor}))
        seen += [s["id"] for s in page["scenarios"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"seed_{n}" for n in range(5)]


async def test_a_phrase_runs_a_scenario_and_its_lines_arrive_as_progress(
    client: Client, write: Write, database: Database
) -> None:
    write(
        "regression_seeding",
        DM
        + """
shop = dm.connection("conn_postgres")
customers = dm.generate("tmpl_customer", 10)
shop.insert("customers", customers)
dm.progress(10, 30)
print("customers are in")
ids = [c["id"] for c in customers]
shop.insert("orders", dm.generate("tmpl_order", 20, overrides={"customer_id": dm.pick_from(ids)}))
dm.progress(30, 30)
print("orders are in")
dm.result({"orders": 20})
""",
    )
    notes: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        notes.append((progress, total, message))

    result = await client.call_tool(
        "execute_scenario",
        {"scenario": "run the regression seeding scenario", "seed": 5},
        progress_callback=note,
    )
    told = "\n".join(message or "" for *_, message in notes).splitlines()
    assert [line for line in told if line] == ["seed 5", "customers are in", "orders are in"]
    assert all(a[0] < b[0] for a, b in pairwise(notes))
    data = data_of(result)
    assert not result.is_error
    assert (data["status"], data["seed"], data["result"]) == ("done", 5, {"orders": 20})
    assert {row["table"]: row["inserted"] for row in data["rows"]} == {"customers": 10, "orders": 20}
    assert "conn_postgres.orders: 20 inserted" in text_of(result)
    assert (
        await database.connection.fetchval("select count(*) from orders join customers c on c.id = customer_id") == 20
    )


async def test_a_failed_run_is_a_tool_error_that_says_where(client: Client, write: Write) -> None:
    write("a", "print('so far')\n\n\n\n\n\nraise ValueError('no luck')\n")
    result = await client.call_tool("execute_scenario", {"scenario": "a"})
    assert result.is_error
    text = text_of(result)
    assert "script_error: a.py:7: ValueError: no luck" in text
    assert "so far" in text
    assert data_of(result)["run_id"] in text


@pytest.mark.parametrize("phrase", ["delete everything", "don't run a", "run b", ""])
async def test_a_phrase_that_names_nothing_runs_nothing(
    client: Client, write: Write, engine: Engine, phrase: str
) -> None:
    write("a_scenario", "print(1)")
    result = await client.call_tool("execute_scenario", {"scenario": phrase})
    assert result.is_error
    assert "a_scenario" in text_of(result)
    assert (await engine.history.find()).runs == []


async def test_wrong_parameters_are_told_all_at_once(client: Client, write: Write, engine: Engine) -> None:
    write("a", "# /// script\n# [tool.dm.params.count]\n# type = 'integer'\n# ///\n")
    result = await client.call_tool("execute_scenario", {"scenario": "a", "params": {"cuont": 1}})
    text = text_of(result)
    assert result.is_error
    assert "params_invalid" in text
    assert "cuont" in text
    assert "count" in text
    assert (await engine.history.find()).runs == []


async def test_a_long_run_comes_back_as_running_and_is_followed_by_its_id(client: Client, write: Write) -> None:
    write("a", "import time\nprint('begun')\ntime.sleep(0.5)\nprint('over')")
    started = data_of(await client.call_tool("execute_scenario", {"scenario": "a", "wait_seconds": 0.1}))
    assert started["status"] == "running"
    ended = data_of(await client.call_tool("get_run", {"run_id": started["run_id"], "wait_seconds": 30}))
    assert (ended["status"], ended["log_tail"][1:]) == ("done", ["begun", "over"])
    again = await client.call_tool("get_run", {"run_id": started["run_id"]})
    assert data_of(again) == ended


async def test_an_unknown_run_is_told(client: Client) -> None:
    result = await client.call_tool("get_run", {"run_id": "run_nothing"})
    assert result.is_error
    assert "run_not_found" in text_of(result)


async def test_generate_shows_rows_of_a_template(client: Client) -> None:
    result = await client.call_tool("generate", {"template": "tmpl_customer", "count": 3, "seed": 7})
    data = data_of(result)
    assert len(data["rows"]) == 3
    assert json.loads(text_of(result)) == data["rows"]
    assert [column["name"] for column in data["columns"]] == list(data["rows"][0])
    again = data_of(await client.call_tool("generate", {"template": "Customer", "count": 2, "seed": 7}))
    assert again["rows"] == data["rows"][:2]


async def test_generate_takes_fields_in_place_of_a_template(client: Client) -> None:
    fields = [{"name": "mail", "type": "email"}, {"name": "n", "type": "number", "options": {"min": 1, "max": 3}}]
    result = await client.call_tool("generate", {"fields": fields, "count": 4, "format": "jsonl"})
    rows = [json.loads(line) for line in text_of(result).splitlines()]
    assert len(rows) == 4
    assert all("@" in row["mail"] and 1 <= row["n"] <= 3 for row in rows)
    assert data_of(result)["rows"] is None


async def test_generate_takes_overrides(client: Client) -> None:
    overrides = {"status": {"pick_from": ["a", "b"], "weights": [0, 1]}, "amount": 5}
    result = await client.call_tool("generate", {"template": "tmpl_order", "count": 3, "overrides": overrides})
    assert {(row["status"], row["amount"]) for row in data_of(result)["rows"]} == {("b", 5)}


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ({"template": "tmpl_custmer"}, "template_not_found", "tmpl_customer"),
        ({"fields": [{"name": "x", "type": "frist_name"}]}, "template_invalid", "first_name"),
        ({"fields": [{"name": "x", "type": "number", "options": {"min": 5, "max": 1}}]}, "template_invalid", "5"),
        ({}, "invalid_request", "template"),
        ({"template": "a", "fields": []}, "invalid_request", "either"),
        ({"template": "tmpl_order", "overrides": {"staus": 1}}, "override_invalid", "status"),
        ({"template": "tmpl_order", "overrides": {"status": {"pick_from": []}}}, "override_invalid", "pick"),
        (
            {"template": "tmpl_order", "overrides": {"status": {"pick_from": [1], "n": 1}}},
            "override_invalid",
            "'status'",
        ),
    ],
)
async def test_a_wrong_request_for_rows_says_what_to_mend(
    client: Client, arguments: dict[str, Any], code: str, text: str
) -> None:
    result = await client.call_tool("generate", arguments)
    assert result.is_error
    assert code in text_of(result)
    assert text in text_of(result)


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


@pytest.mark.parametrize("arguments", [{"count": 1001}, {"count": -1}, {"seed": 2**53}, {"format": "xml"}])
async def test_arguments_out_of_range_are_refused(client: Client, arguments: dict[str, Any]) -> None:
    result = await client.call_tool("generate", {"template": "tmpl_order", **arguments})
    assert result.is_error
    assert f"invalid_request: {next(iter(arguments))}" in text_of(result)
    assert "pydantic" not in text_of(result)


async def test_more_rows_than_a_client_takes_are_shown_in_part(client: Client) -> None:
    result = await client.call_tool("generate", {"template": "tmpl_customer", "count": 1000})
    data = data_of(result)
    assert len(text_of(result)) <= 21_000
    assert 10 < len(data["rows"]) < 1000
    assert f"{len(data['rows'])} of 1000" in data["note"]


async def test_a_broken_template_is_told_with_its_place(client: Client, root: Path) -> None:
    (root / "templates" / "bad.json").write_text(
        '{"id": "bad", "name": "Bad",\n "fields": [{"name": "x", "typ": "uuid"}]}'
    )
    result = await client.call_tool("generate", {"template": "bad"})
    assert result.is_error
    assert "templates/bad.json" in text_of(result)


async def test_a_refused_login_does_not_show_the_password(
    client: Client, write: Write, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", database.dsn.replace("dm:", "dm:s3cret"))
    write("a", DM + 'dm.connection("conn_postgres").execute("select 1")')
    result = await client.call_tool("execute_scenario", {"scenario": "a"})
    assert result.is_error
    assert "connection_failed" in text_of(result)
    assert "s3cret" not in result.model_dump_json()


async def test_line_separators_of_unicode_are_no_ends_of_rows(client: Client) -> None:
    fields = [{"name": "x", "type": "enum", "options": {"values": ["a\u2028b\u0085c"]}}]
    result = await client.call_tool("generate", {"fields": fields, "count": 2})
    assert data_of(result)["rows"] == [{"x": "a\u2028b\u0085c"}] * 2
