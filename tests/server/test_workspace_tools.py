"""The tools that show what the workspace holds."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from mcp import Client

from dm_mcp.server import workspace_tools
from tests.conftest import Database
from tests.server.in_memory import data_of, each_mode, read, text_of

Write = Callable[[str, str], None]


@each_mode
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


async def test_a_scenario_is_listed_with_its_last_run(client: Client, write: Write) -> None:
    write("a", "print(1)")
    write("b", "raise ValueError")
    await client.call_tool("execute_scenario", {"scenario": "b"})
    ran = data_of(await client.call_tool("execute_scenario", {"scenario": "b"}))
    a, b = data_of(await client.call_tool("list_scenarios", {}))["scenarios"]
    assert a["last_run"] is None
    assert b["last_run"] == {"run_id": ran["run_id"], "status": "failed", "ended": ran["ended"]}


@each_mode
async def test_scenarios_are_listed_when_the_history_is_broken(client: Client, write: Write, root: Path) -> None:
    write("a", "print(1)")
    (root / ".dm").mkdir(exist_ok=True)
    (root / ".dm" / "runs.db").write_text("this is no database, and long enough to be taken for one" * 100)
    result = data_of(await client.call_tool("list_scenarios", {}))
    assert [s["id"] for s in result["scenarios"]] == ["a"]
    assert "store_failed" in result["note"]
    assert "store_failed" in text_of(await client.call_tool("list_runs", {}))


async def test_many_scenarios_come_in_pages_that_a_client_takes(client: Client, write: Write) -> None:
    for n in range(120):
        write(f"seed_{n:03}", f'"""{"Makes rows. " * 40}"""\n')
    seen: list[str] = []
    cursor = None
    while True:
        result = await client.call_tool("list_scenarios", {"limit": 200, "cursor": cursor})
        text_of(result)  # holds the limit
        seen += [s["id"] for s in data_of(result)["scenarios"]]
        if (cursor := data_of(result)["next_cursor"]) is None:
            break
    assert seen == [f"seed_{n:03}" for n in range(120)]


async def test_a_scenario_with_an_endless_header_is_listed_in_short(client: Client, write: Write) -> None:
    params = "".join(f"# [tool.dm.params.p{n}]\n# type = 'integer'\n# default = 1\n" for n in range(1000))
    write("long", f"# /// script\n# [tool.dm]\n# title = '{'T' * 5000}'\n{params}# ///\n")
    result = await client.call_tool("list_scenarios", {})
    [told] = data_of(result)["scenarios"]
    assert "get_scenario" in told["description"]
    assert "long" in text_of(result)
    assert not (await client.call_tool("get_scenario", {"scenario": "long"})).is_error


async def test_a_scenario_is_shown_with_its_script_and_header(client: Client, write: Write) -> None:
    source = "# /// script\n# dependencies = ['arrow']\n# [tool.dm]\n# timeout = 5\n# ///\nprint('hello')\n"
    write("a", source)
    result = await client.call_tool("get_scenario", {"scenario": "a"})
    data = data_of(result)
    assert (data["source"], data["file"], data["timeout"], data["dependencies"]) == (source, "a.py", 5, ["arrow"])
    assert data["resource"] is None
    assert source in text_of(result)


@each_mode
async def test_a_long_script_is_shown_in_part_and_a_resource_has_it_all(client: Client, write: Write) -> None:
    source = "".join(f'print("\\"{n}\\"")\n' for n in range(5_000))
    write("sub_é", source)
    data = data_of(await client.call_tool("get_scenario", {"scenario": "sub_é"}))
    assert source.startswith(data["source"])
    assert await read(client, data["resource"]) == source


async def test_a_script_that_is_long_as_json_is_cut_beside_a_long_header(client: Client, write: Write) -> None:
    packages = ", ".join(f"'package-{n:03}-{'x' * 150}'" for n in range(50))
    header = f"# /// script\n# dependencies = [{packages}]\n# [tool.dm]\n# title = '{'T' * 2_000}'\n# ///\n"
    write("odd", header + "#" + "\x01" * 7_900 + f'\nprint("{"d" * 7_000}")\n')
    data = data_of(await client.call_tool("get_scenario", {"scenario": "odd"}))
    assert 0 < len(data["dependencies"]) < 50
    assert data["resource"] == "scenario://odd"


async def test_a_broken_scenario_is_shown_with_its_fault(client: Client, write: Write) -> None:
    write("broken", "def (:")
    data = data_of(await client.call_tool("get_scenario", {"scenario": "broken"}))
    assert data["source"] == "def (:"
    assert data["scenario"]["error"]["code"] == "scenario_invalid"


async def test_templates_are_listed_with_their_fields_and_faults(client: Client, root: Path) -> None:
    (root / "templates" / "bad.json").write_text('{"fields": [{"name": "x", "typ": "uuid"}]}')
    listed = {t["id"]: t for t in data_of(await client.call_tool("list_templates", {}))["templates"]}
    assert listed["bad"]["error"]["code"] == "template_invalid"
    assert listed["tmpl_order"]["name"] == "Order"
    assert {"name": "id", "type": "uuid"} in listed["tmpl_order"]["fields"]
    assert listed["tmpl_order"]["error"] is None


async def test_connections_are_tried_and_no_secret_is_told(
    client: Client, root: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG_URL", database.dsn.replace("dm:", "dm:s3cret"))
    with (root / "dm.toml").open("a") as config:
        config.write('[connections.wrong]\ndsn = "${WRONG_URL}"\n')
        config.write('[connections.unset]\ndsn = "${NOWHERE_URL}"\n')
        config.write('[connections.odd]\nkind = "fax"\ndsn = "${NOWHERE_URL}"\n')
    result = await client.call_tool("list_connections", {})
    told = {c["id"]: c for c in data_of(result)["connections"]}
    assert told["conn_postgres"]["verified"].startswith("PostgreSQL")
    assert told["conn_postgres"]["name"] == "Shop database"
    assert told["wrong"]["error"]["code"] == "connection_failed"
    assert told["unset"]["error"]["code"] == "workspace_invalid"
    assert "NOWHERE_URL" in told["unset"]["error"]["message"]
    assert told["odd"]["error"]["code"] == "workspace_invalid"
    assert "s3cret" not in result.model_dump_json()


async def test_a_connection_that_does_not_answer_is_given_up(
    client: Client, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace_tools, "VERIFY_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("TEST_DATABASE_URL", f"postgresql://dm@127.0.0.1:{silent.getsockname()[1]}/dm")
        told = data_of(await client.call_tool("list_connections", {}))["connections"]
    assert [c["error"]["code"] for c in told] == ["connection_failed"] * 2
    assert "did not answer" in told[0]["error"]["message"]
