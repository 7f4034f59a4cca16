"""The tools that start runs and look after them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run, Status
from dm_mcp.runs.store import Retention
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import Database
from tests.server.in_memory import DM, data_of, each_mode, read, text_of
from tests.server.notes import Notes

Write = Callable[[str, str], None]


@asynccontextmanager
async def calling(
    client: Client, tool: str, arguments: dict[str, Any]
) -> AsyncGenerator[tuple[asyncio.Task[CallToolResult], Notes]]:
    """A call under way, and what is told meanwhile."""
    notes = Notes()
    call = asyncio.create_task(client.call_tool(tool, arguments, progress_callback=notes))
    try:
        yield call, notes
    finally:
        call.cancel()
        await asyncio.wait([call])


@each_mode
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
    assert data["progress"] == {"done": 30, "total": 30}
    assert "progress: 30 of 30" in text_of(result)
    assert (
        await database.connection.fetchval("select count(*) from orders join customers c on c.id = customer_id") == 20
    )


@each_mode
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


@each_mode
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


async def test_a_refused_login_does_not_show_the_password(
    client: Client, write: Write, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", database.dsn.replace("dm:", "dm:s3cret"))
    write("a", DM + 'dm.connection("conn_postgres").execute("select 1")')
    result = await client.call_tool("execute_scenario", {"scenario": "a"})
    assert result.is_error
    assert "connection_failed" in text_of(result)
    assert "s3cret" not in result.model_dump_json()


@each_mode
async def test_a_run_tells_who_asked_for_it_and_when(client: Client, write: Write) -> None:
    write("a", "# /// script\n# [tool.dm.params.n]\n# type = 'integer'\n# default = 3\n# ///\nprint(1)")
    data = data_of(await client.call_tool("execute_scenario", {"scenario": "a", "params": {"n": 4}}))
    assert data["caller"] == "mcp claude-code 2.1"
    assert data["params"] == {"n": 4}
    assert data["created"] <= data["ended"]
    assert data["created"].endswith("Z")


@each_mode
async def test_a_result_too_long_to_be_shown_has_a_resource(client: Client, write: Write) -> None:
    write("a", DM + "print('x' * 3000)\ndm.result({'rows': ['\"' * 10] * 20_000})")
    result = await client.call_tool("execute_scenario", {"scenario": "a"})
    data = data_of(result)
    assert data["resource"] == f"run://{data['run_id']}/result"
    assert data["resource"] in text_of(result)
    whole = json.loads(await read(client, data["resource"]))
    assert whole == {"rows": ['"' * 10] * 20_000}
    assert json.dumps(whole).startswith(data["result"])


async def test_a_failure_in_endless_words_is_cut(client: Client, write: Write) -> None:
    write("a", "for _ in range(30): print('\\x01' * 2000)\nraise ValueError('no ' * 100_000)")
    result = await client.call_tool("execute_scenario", {"scenario": "a"})
    assert result.is_error
    assert "script_error: a.py:2: ValueError: no no" in text_of(result)


@each_mode
async def test_cancelling_the_call_cancels_its_run(client: Client, write: Write, engine: Engine) -> None:
    write("a", "print('begun')\nimport time\ntime.sleep(60)")
    async with calling(client, "execute_scenario", {"scenario": "a"}) as (call, notes):
        await notes.line("begun")
        call.cancel()
        await asyncio.wait([call])
    [run] = (await engine.history.find()).runs
    live = await engine.history.get(run.id)
    await live.finished()
    assert live.status is Status.CANCELLED


@each_mode
async def test_a_run_goes_on_past_the_wait_and_cancelling_a_later_call_leaves_it_alone(
    client: Client, write: Write, engine: Engine
) -> None:
    write("a", "import time\nprint('begun')\ntime.sleep(60)")
    begun = data_of(await client.call_tool("execute_scenario", {"scenario": "a", "wait_seconds": 0.2}))
    run = await engine.history.get(begun["run_id"])
    assert run.shared
    async with calling(client, "get_run", {"run_id": run.id, "wait_seconds": 60}) as (call, _):
        call.cancel()
        await asyncio.wait([call])
    assert run.status is Status.RUNNING
    ended = data_of(await client.call_tool("cancel_run", {"run_id": run.id}))
    assert (ended["status"], ended["run_id"]) == ("cancelled", run.id)
    again = await client.call_tool("cancel_run", {"run_id": run.id})
    assert not again.is_error
    assert data_of(again) == ended


@each_mode
async def test_get_run_relays_only_what_comes_from_now_on(client: Client, write: Write, root: Path) -> None:
    goes_on = "while not os.path.exists('heard'):\n    print('now')\n    time.sleep(0.02)\n"
    write("a", f"import os, time\nprint('early')\n{goes_on}print('late')")
    begun = data_of(await client.call_tool("execute_scenario", {"scenario": "a", "wait_seconds": 0.3}))
    assert "early" in begun["log_tail"]
    async with calling(client, "get_run", {"run_id": begun["run_id"], "wait_seconds": 60}) as (call, notes):
        await notes.line("now")
        [folder] = (root / ".dm" / "runs").rglob(begun["run_id"])
        (folder / "heard").touch()
        ended = data_of(await call)
    assert set(notes.lines[:-1]) == {"now"}
    assert (notes.lines[-1], ended["log_tail"][-1]) == ("late", "late")


async def test_one_key_starts_one_run_for_two_calls_at_once(client: Client, write: Write, engine: Engine) -> None:
    write("a", "import time\ntime.sleep(0.3)\nprint(1)")
    arguments = {"scenario": "a", "idempotency_key": "once"}
    results = await asyncio.gather(*(client.call_tool("execute_scenario", arguments) for _ in range(5)))
    assert len({data_of(result)["run_id"] for result in results}) == 1
    assert {data_of(result)["status"] for result in results} == {"done"}
    assert len((await engine.history.find()).runs) == 1
    other = await client.call_tool("execute_scenario", {**arguments, "seed": 1})
    assert other.is_error
    assert text_of(other).startswith("idempotency_conflict: ")


async def test_one_key_starts_one_run_over_two_servers(engine: Engine, root: Path, write: Write) -> None:
    write("a", "import time\ntime.sleep(0.3)\nprint(1)")
    arguments = {"scenario": "a", "idempotency_key": "once"}
    async with (
        Engine(Workspace(root), engine.supervisor) as second,
        Client(WorkspaceServer(engine)) as one,
        Client(WorkspaceServer(second), mode="legacy") as two,
    ):
        results = await asyncio.gather(*(c.call_tool("execute_scenario", arguments) for c in (one, two, one, two)))
        assert len({data_of(result)["run_id"] for result in results}) == 1
        assert {data_of(result)["status"] for result in results} == {"done"}
        assert len((await second.history.find()).runs) == 1


@each_mode
async def test_a_shared_run_ends_with_none_of_its_callers(client: Client, write: Write, engine: Engine) -> None:
    write("a", "import time\nfor n in range(100):\n    print('tick', n)\n    time.sleep(0.01)")
    arguments = {"scenario": "a", "idempotency_key": "once"}
    async with calling(client, "execute_scenario", arguments) as (first, notes):
        await notes.line("tick")
        async with calling(client, "execute_scenario", arguments) as (second, other_notes):
            await other_notes.line("tick")
            run = await engine.history.get((await engine.history.find()).runs[0].id)
            first.cancel()
            await asyncio.wait([first])
            assert data_of(await second)["status"] == "done"
            assert run.status is Status.DONE


async def test_a_run_of_another_server_is_followed_read_and_cancelled(engine: Engine, root: Path, write: Write) -> None:
    write("a", "print('begun')\nimport time\ntime.sleep(60)")
    async with (
        Engine(Workspace(root), engine.supervisor) as second,
        Client(WorkspaceServer(engine)) as one,
        Client(WorkspaceServer(second)) as two,
    ):
        begun = data_of(await one.call_tool("execute_scenario", {"scenario": "a", "wait_seconds": 0.3}))
        seen = data_of(await two.call_tool("get_run", {"run_id": begun["run_id"]}))
        assert (seen["status"], seen["log_tail"][-1]) == ("running", "begun")
        lines = data_of(await two.call_tool("get_scenario_run_logs", {"run_id": begun["run_id"]}))
        assert (lines["status"], lines["next"]) == ("running", 2)
        ended = data_of(await two.call_tool("cancel_run", {"run_id": begun["run_id"]}))
        assert ended["status"] == "cancelled"


async def test_a_log_is_read_in_pages_and_by_level(client: Client, write: Write) -> None:
    write(
        "a",
        DM + "for n in range(10):\n    print(n)\ndm.log.warn('careful')\nimport sys\nprint('bad', file=sys.stderr)",
    )
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    texts: list[str] = []
    after = 0
    while after is not None:
        page = await client.call_tool("get_scenario_run_logs", {"run_id": run_id, "after": after, "limit": 5})
        texts += [line["text"] for line in data_of(page)["lines"]]
        after = data_of(page)["next"]
    assert texts[1:] == [*map(str, range(10)), "careful", "bad"]
    result = await client.call_tool("get_scenario_run_logs", {"run_id": run_id, "level": "warn"})
    careful, *_ = data_of(result)["lines"]
    assert (careful["number"], careful["level"], careful["stream"]) == (12, "warn", "log")
    assert f"12 {careful['time']} warn log careful\n" in text_of(result)
    assert data_of(result)["next"] is None


async def test_a_page_of_long_lines_holds_fewer_of_them(client: Client, write: Write) -> None:
    write("a", "for n in range(50): print(n, 'x' * 1500)\nprint('y' * 50_000)")
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    numbers: list[int] = []
    after = 0
    while after is not None:
        page = await client.call_tool("get_scenario_run_logs", {"run_id": run_id, "after": after, "limit": 1000})
        text_of(page)  # holds the limit
        numbers += [line["number"] for line in data_of(page)["lines"]]
        after = data_of(page)["next"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 52


async def test_a_page_that_begins_with_a_line_of_control_characters_holds_the_limit(
    client: Client, write: Write
) -> None:
    write("a", "print(chr(1) * 50_000)")
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    page = await client.call_tool("get_scenario_run_logs", {"run_id": run_id, "after": 1})
    text_of(page)  # holds the limit
    assert len(data_of(page)["lines"]) == 1


async def test_lines_that_are_no_longer_kept_are_told(client: Client, write: Write, engine: Engine) -> None:
    write("a", "print(1)")
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "a"}))["run_id"]
    await engine.history.store.trim(Retention(log_days=0, runs=10, size=10**9))
    page = await client.call_tool("get_scenario_run_logs", {"run_id": run_id})
    assert data_of(page)["lines"] == []
    assert "Lines 1 to 2 of the log are no longer kept." in text_of(page)
    assert data_of(page)["next"] is None


@each_mode
async def test_runs_are_listed_the_latest_first_by_scenario_and_status(client: Client, write: Write) -> None:
    write("good", "print(1)")
    write("bad", "raise ValueError")
    ids = [
        data_of(await client.call_tool("execute_scenario", {"scenario": name}))["run_id"]
        for name in ("good", "bad", "good")
    ]
    listed = data_of(await client.call_tool("list_runs", {}))["runs"]
    assert [run["run_id"] for run in listed] == ids[::-1]
    failed = data_of(await client.call_tool("list_runs", {"status": "failed"}))["runs"]
    assert [(run["run_id"], run["error_code"]) for run in failed] == [(ids[1], "script_error")]
    first = data_of(await client.call_tool("list_runs", {"scenario": "good", "limit": 1}))
    assert [run["run_id"] for run in first["runs"]] == [ids[2]]
    arguments = {"scenario": "good", "limit": 1, "cursor": first["next_cursor"]}
    assert [run["run_id"] for run in data_of(await client.call_tool("list_runs", arguments))["runs"]] == [ids[0]]
    unknown = await client.call_tool("list_runs", {"scenario": "goood"})
    assert text_of(unknown).startswith("scenario_not_found: ")


async def test_many_runs_come_in_pages_that_a_client_takes(client: Client, engine: Engine) -> None:
    for n in range(100):
        run = Run(scenario_id=f"{'long_folder/' * 30}{n}", title="", seed=1, params={}, owner="server_none")
        await engine.history.store.add(run, max_unfinished=1000)
    seen = 0
    cursor = None
    while True:
        page = await client.call_tool("list_runs", {"limit": 100, "cursor": cursor})
        text_of(page)  # holds the limit
        seen += len(data_of(page)["runs"])
        if (cursor := data_of(page)["next_cursor"]) is None:
            break
    assert seen == 100


async def test_a_run_is_run_again_with_its_parameters_and_seed(client: Client, write: Write) -> None:
    write("a", "# /// script\n# [tool.dm.params.n]\n# type = 'integer'\n# ///\nprint(1)")
    first = data_of(await client.call_tool("execute_scenario", {"scenario": "a", "params": {"n": 7}, "seed": 5}))
    again = data_of(await client.call_tool("rerun", {"run_id": first["run_id"]}))
    assert again["run_id"] != first["run_id"]
    assert (again["status"], again["params"], again["seed"]) == ("done", {"n": 7}, 5)
