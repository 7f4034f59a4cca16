"""What has an address, and what is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mcp import Client, MCPError

from dm_mcp.runs.engine import Engine
from dm_mcp.server import resources
from tests.server.in_memory import DM, data_of, each_mode, read

Write = Callable[[str, str], None]


@each_mode
async def test_scenarios_templates_logs_and_the_status_are_listed(client: Client, write: Write) -> None:
    write("a", "print(1)")
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    listed = {str(resource.uri): resource for resource in (await client.list_resources()).resources}
    assert {"server://status", "scenario://a", "template://tmpl_order", f"run://{run_id}/log"} <= listed.keys()
    assert listed["template://tmpl_order"].title == "Order"
    assert (listed[f"run://{run_id}/log"].title or "").startswith("Log of A, ")


async def test_only_the_latest_logs_are_listed(client: Client, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "LISTED_RUNS", 2)
    write("a", "print(1)")
    ids = [data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"] for _ in range(3)]
    listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
    assert [uri for uri in listed if uri.startswith("run:")] == [f"run://{id_}/log" for id_ in (ids[2], ids[1])]


@each_mode
async def test_many_resources_come_in_pages(client: Client, write: Write) -> None:
    for n in range(450):
        write(f"seed_{n:03}", "")
    seen: list[str] = []
    cursor = None
    while True:
        page = await client.list_resources(cursor=cursor)
        seen += [str(resource.uri) for resource in page.resources]
        if (cursor := page.next_cursor) is None:
            break
    assert [uri for uri in seen if uri.startswith("scenario:")] == [f"scenario://seed_{n:03}" for n in range(450)]


@each_mode
async def test_the_forms_of_addresses_take_ids_with_slashes(client: Client, root: Path) -> None:
    forms = {form.uri_template for form in (await client.list_resource_templates()).resource_templates}
    assert {"scenario://{+id}", "template://{+id}", "run://{id}/log", "generated://{id}"} <= forms
    (root / "sub folder").mkdir()
    (root / "sub folder" / "größe.py").write_text("print('deep')")
    listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
    assert "scenario://sub%20folder/gr%C3%B6%C3%9Fe" in listed
    for uri in (
        "scenario://sub%20folder/gr%C3%B6%C3%9Fe",
        "scenario://sub folder/größe",
        "scenario://sub%20folder%2Fgr%C3%B6%C3%9Fe",
    ):
        assert await read(client, uri) == "print('deep')"


async def test_a_scenario_and_a_template_are_given_as_they_stand_now(client: Client, write: Write, root: Path) -> None:
    write("a", "print(1)")
    assert await read(client, "scenario://a") == "print(1)"
    write("a", "def (:")  # broken ones too: somebody wants to mend them
    assert await read(client, "scenario://a") == "def (:"
    file = root / "templates" / "tmpl_order.json"
    assert await read(client, "template://tmpl_order") == file.read_text()


@each_mode
async def test_a_whole_log_is_read(client: Client, write: Write) -> None:
    write("a", DM + "for n in range(2500): print(n)\ndm.log.warn('careful')")
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    lines = (await read(client, f"run://{run_id}/log")).splitlines()
    assert [int(line.split(" ")[0]) for line in lines] == list(range(1, 2503))
    assert lines[1].endswith(" info stdout 0")
    assert lines[-1].endswith(" warn log careful")


async def test_of_a_very_long_log_the_end_is_given_and_says_so(
    client: Client, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "MAX_LOG", 10_000)
    write("a", "for n in range(3000): print(n)")
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    first, *lines = (await read(client, f"run://{run_id}/log")).splitlines()
    number = int(lines[0].split(" ")[0])
    assert first == f"... what comes before line {number} is not shown"
    assert [int(line.split(" ")[0]) for line in lines] == list(range(number, 3002))
    assert 9_000 < sum(len(line) + 1 for line in lines) <= 10_000


async def test_the_status_tells_versions_servers_and_runs_and_no_path(
    client: Client, write: Write, root: Path, engine: Engine
) -> None:
    write("a", "import time\ntime.sleep(60)")
    begun = data_of(await client.call_tool("execute_scenario", {"scenario": "a", "wait_seconds": 0.1}))
    text = await read(client, "server://status")
    status = json.loads(text)
    assert (status["workspace"], status["servers"]) == ("workspace", 1)
    assert status["isolation"] == engine.supervisor.isolation
    assert [(run["run_id"], run["scenario"], run["status"]) for run in status["runs"]] == [
        (begun["run_id"], "a", "running")
    ]
    assert str(root.parent) not in text


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("scenario://nothing", "scenario_not_found"),
        ("scenario://../workspace/a", "scenario_not_found"),
        ("scenario://..%2F..%2Fetc%2Fpasswd", "scenario_not_found"),
        ("scenario:///etc/passwd", "scenario_not_found"),
        ("scenario://%00", "scenario_not_found"),
        ("scenario://%FF%FE", "scenario_not_found"),
        ("template://../dm", "template_not_found"),
        ("template://tmpl_order.json", "template_not_found"),
        ("run://run_nothing/log", "run_not_found"),
        ("run://../runs.db/log", "run_not_found"),
        ("run://%00/log", "run_not_found"),
        ("run://log", "run_not_found"),
        ("generated://../../dm.toml", "invalid_request"),
        ("generated://gen_000000000000", "invalid_request"),
        ("generated://gen_000000000000%0A", "invalid_request"),
        ("server://dm.toml", "invalid_request"),
        ("file:///etc/passwd", "invalid_request"),
        ("nothing", "invalid_request"),
        ("scenario://", "invalid_request"),
        ("scenario://" + "a" * 1_000_000, "invalid_request"),
    ],
)
async def test_an_address_of_nothing_is_refused_with_a_code(reader: Client, share: Write, uri: str, code: str) -> None:
    share("a", "print(1)")
    with pytest.raises(MCPError) as caught:
        await reader.read_resource(uri)
    assert caught.value.error.message.startswith(f"{code}: ")
    assert caught.value.error.code == -32602
    assert caught.value.error.data["code"] == code
    assert len(caught.value.error.model_dump_json()) < 2_000


async def test_a_run_has_no_other_part(client: Client, write: Write) -> None:
    write("a", "print(1)")
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    for path, told in (("/params", "'params'"), ("/log/1", "'log/1'"), ("", "''")):
        with pytest.raises(MCPError, match=f"invalid_request: A run has no part {told}.*run://ID/log"):
            await client.read_resource(f"run://{run_id}{path}")
    with pytest.raises(MCPError, match="run_not_found: There is no run 'run_nothing'"):
        await client.read_resource("run://run_nothing")


@each_mode
async def test_a_file_that_leaves_the_workspace_is_not_read(client: Client, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("a secret")
    (root / "leak.py").symlink_to(tmp_path / "outside")
    (root / "templates" / "leak.json").symlink_to(tmp_path / "outside")
    for uri, code in (("scenario://leak", "scenario_invalid"), ("template://leak", "workspace_invalid")):
        with pytest.raises(MCPError, match=f"{code}: .*leaves the workspace"):
            await client.read_resource(uri)


async def test_an_unknown_cursor_is_told(reader: Client) -> None:
    with pytest.raises(MCPError, match="invalid_request: 'next' is no cursor"):
        await reader.list_resources(cursor="next")


@each_mode
async def test_a_broken_history_is_told(client: Client, root: Path) -> None:
    (root / ".dm").mkdir(exist_ok=True)
    (root / ".dm" / "runs.db").write_text("this is no database, and long enough to be taken for one" * 100)
    with pytest.raises(MCPError, match="store_failed: ") as caught:
        await client.read_resource("run://run_000000000000/log")
    assert caught.value.error.code == -32603
