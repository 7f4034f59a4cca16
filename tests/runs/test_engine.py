"""Starting, queueing, cancelling and ending runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from dm_mcp.errors import (
    InvalidRequest,
    KeyTaken,
    NotAllowed,
    ParamsError,
    QueueFull,
    RunInterrupted,
    RunNotFound,
    ScenarioError,
    ScenarioNotFound,
)
from dm_mcp.generation.schema import MAX_SEED
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run, Status
from dm_mcp.workers.layers import Layer
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import Database, processes_with
from tests.runs.records import a_run, task_done

Write = Callable[[str, str], None]

ASLEEP = 'print("started")\nimport time\ntime.sleep(60)'


async def until(run: Run, condition: Callable[[Run], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition(run):
            await run.changed_since(run.version)


async def test_a_scenario_that_asks_for_more_than_the_policy_allows_is_not_run(
    engine: Engine, write: Write, root: Path
) -> None:
    with (root / "dm.toml").open("a") as config:
        config.write("[policy]\nnetwork = false\n")
    write("a", "# /// script\n# [tool.dm]\n# network = true\n# ///\nprint(1)")
    with pytest.raises(NotAllowed):
        await engine.start(engine.workspace.scenario("a"))
    assert (await engine.history.find()).runs == []


async def test_required_isolation_runs_nothing_while_a_layer_is_off(root: Path, write: Write) -> None:
    with (root / "dm.toml").open("a") as config:
        config.write('[policy]\nisolation = "required"\n')
    write("a", "print(1)")
    supervisor = Supervisor(without=[Layer.LANDLOCK])
    async with Engine(Workspace(root), supervisor) as engine:
        run = await engine.start(engine.workspace.scenario("a"))
        await run.finished()
    await supervisor.close()
    assert run.error is not None
    assert (run.status, run.error.code) == (Status.FAILED, "not_allowed")
    assert "The layer of isolation" in run.error.message


async def test_each_run_is_one_named_task(engine: Engine, write: Write) -> None:
    write("a", ASLEEP)
    run = await engine.start(engine.workspace.scenario("a"))
    assert f"run:{run.id}" in {task.get_name() for task in asyncio.all_tasks()}
    await engine.cancel(run)
    assert f"run:{run.id}" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_cancelled_run_says_so(engine: Engine, write: Write) -> None:
    write("a", ASLEEP)
    run = await engine.start(engine.workspace.scenario("a"))
    await until(run, lambda run: run.line_count == 2)
    await engine.cancel(run)
    assert run.status is Status.CANCELLED
    assert run.error is not None
    assert run.error.code == "cancelled"
    assert run.ended is not None


async def test_cancelling_a_run_in_the_middle_of_a_load_stores_nothing(
    engine: Engine, write: Write, database: Database
) -> None:
    write(
        "a",
        """
import time
from datamaker import DataMaker
dm = DataMaker()

def rows():
    for n in range(10**9):
        if n == 50_000:
            dm.log.info("half way")
        if n > 50_000:
            time.sleep(0.001)
        yield {"id": n}

dm.connection("conn_postgres").insert("t", rows())
""",
    )
    run = await engine.start(engine.workspace.scenario("a"))
    await until(run, lambda run: run.line_count == 2)
    await engine.cancel(run)
    assert run.status is Status.CANCELLED
    assert await database.connection.fetchval("select to_regclass('t')") is None
    idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
    assert await database.connection.fetchval(idle) == 0


async def test_a_run_that_is_cancelled_at_once_never_starts(engine: Engine, write: Write) -> None:
    write("a", ASLEEP)
    run = await engine.start(engine.workspace.scenario("a"))
    await engine.cancel(run)
    assert (run.status, [line.text for line in run.lines]) == (
        Status.CANCELLED,
        ["cancelled: The run was cancelled."],
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('dm.generate("tmpl_nothing", 1)', "template_not_found: "),
        ('dm.connection("conn_" + "other")', "out_of_scope: "),
        ("raise ValueError('one\\ntwo')", "script_error: a.py:3: two"),
    ],
)
async def test_the_log_s_last_line_says_why_a_run_failed(engine: Engine, write: Write, source: str, text: str) -> None:
    write("a", f"from datamaker import DataMaker\ndm = DataMaker()\n{source}\n")
    run = await engine.start(engine.workspace.scenario("a"))
    await run.finished()
    stored = await engine.history.lines(run.id)
    assert (stored[-1].level, stored[-1].stream) == ("error", "log")
    assert stored[-1].text.startswith(text)
    assert stored[-1].text.count("\n") == 0


async def test_cancelling_an_ended_run_changes_nothing(engine: Engine, write: Write) -> None:
    write("a", "print(1)")
    run = await engine.start(engine.workspace.scenario("a"))
    await run.finished()
    await engine.cancel(run)
    assert run.status is Status.DONE


async def test_so_many_run_at_once_and_the_rest_wait_for_their_turn(
    root: Path, write: Write, supervisor: Supervisor
) -> None:
    (root / "dm.toml").write_text("[limits]\nruns = 2\nqueued = 1\n")
    write("a", ASLEEP)
    async with Engine(Workspace(root), supervisor) as engine:
        scenario = engine.workspace.scenario("a")
        runs = [await engine.start(scenario) for _ in range(2)]
        for run in runs:
            await until(run, lambda run: run.line_count == 2)
        waiting = await engine.start(scenario)
        with pytest.raises(QueueFull):
            await engine.start(scenario)
        assert waiting.status is Status.QUEUED
        await engine.cancel(runs[0])
        await until(waiting, lambda run: run.line_count == 2)
        assert waiting.status is Status.RUNNING


async def test_runs_that_go_on_when_the_engine_stops_are_interrupted(
    root: Path, write: Write, supervisor: Supervisor
) -> None:
    write("a", ASLEEP)
    async with Engine(Workspace(root), supervisor) as engine:
        run = await engine.start(engine.workspace.scenario("a"))
        await until(run, lambda run: run.line_count == 2)
    assert run.status is Status.INTERRUPTED
    assert run.error is not None
    assert run.error.code == "interrupted"


async def test_waiting_for_idle_has_an_end(engine: Engine, write: Write) -> None:
    write("a", ASLEEP)
    run = await engine.start(engine.workspace.scenario("a"))
    await engine.wait_idle(0.05)
    assert not run.status.ended
    await engine.cancel(run)
    await engine.wait_idle(60)


async def test_many_runs_at_once_keep_apart(engine: Engine, write: Write) -> None:
    write("a", "from datamaker import DataMaker\ndm = DataMaker()\nprint(dm.run_id)\ndm.result(dm.seed)")
    runs = [await engine.start(engine.workspace.scenario("a"), seed=n) for n in range(20)]
    await asyncio.gather(*(run.finished() for run in runs))
    assert [run.result for run in runs] == list(range(20))
    assert all(run.lines[1].text == run.id for run in runs)


async def test_a_broken_scenario_is_not_started(engine: Engine, write: Write) -> None:
    write("a", "def broken(:")
    with pytest.raises(ScenarioError, match=r"a\.py:1"):
        await engine.start(engine.workspace.scenario("a"))
    assert (await engine.history.find()).runs == []


async def test_wrong_parameters_are_told_before_anything_starts(engine: Engine, write: Write) -> None:
    write("a", "")
    with pytest.raises(ParamsError, match="environment"):
        await engine.start(engine.workspace.scenario("a"), {"environment": "dev"})
    assert (await engine.history.find()).runs == []


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
async def test_a_seed_out_of_range_is_refused(engine: Engine, write: Write, seed: int) -> None:
    write("a", "")
    with pytest.raises(InvalidRequest, match="out of range"):
        await engine.start(engine.workspace.scenario("a"), seed=seed)


async def test_a_run_is_found_by_its_id(engine: Engine, write: Write) -> None:
    write("a", "")
    run = await engine.start(engine.workspace.scenario("a"))
    await run.finished()
    assert (await engine.history.get(run.id)).result == run.result
    with pytest.raises(RunNotFound, match="run_nothing") as caught:
        await engine.history.get("run_nothing")
    assert run.id in caught.value.hint


async def test_a_scenario_edited_on_disk_runs_as_edited(engine: Engine, write: Write) -> None:
    for text in ("one", "two"):
        write("a", f'from datamaker import DataMaker\nDataMaker().result("{text}")')
        run = await engine.start(engine.workspace.scenario("a"))
        await run.finished()
        assert run.result == text


async def test_generate_renders_rows_in_a_worker(engine: Engine) -> None:
    out = bytearray()

    async def write(chunk: bytes) -> None:
        out.extend(chunk)

    template = engine.workspace.template("tmpl_order")
    made = await engine.generator.generate(
        template, 9000, write, seed=3, overrides={"status": {"pick_from": ["x"]}}, format_="jsonl"
    )
    lines = out.decode().splitlines()
    assert len(lines) == 9000
    assert all('"status":"x"' in line for line in lines)
    assert made.seed == 3
    assert {column["name"]: column["type"] for column in made.columns}["customer_id"] == "uuid"


async def test_generate_passes_on_what_is_wrong(engine: Engine) -> None:
    async def write(chunk: bytes) -> None:
        raise AssertionError

    template = engine.workspace.template("tmpl_order")
    with pytest.raises(InvalidRequest, match="no format"):
        await engine.generator.generate(template, 1, write, format_="xml")


async def test_a_reader_of_generated_rows_may_give_up(engine: Engine) -> None:
    async def write(chunk: bytes) -> None:
        raise InvalidRequest("enough")

    with pytest.raises(InvalidRequest, match="enough"):
        await engine.generator.generate(engine.workspace.template("tmpl_order"), 10**7, write, format_="jsonl")


async def test_one_key_is_one_run_also_at_the_same_instant(engine: Engine, write: Write) -> None:
    write("a", "")
    scenario = engine.workspace.scenario("a")
    runs = await asyncio.gather(*(engine.start(scenario, key="k") for _ in range(5)))
    assert {id(run) for run in runs} == {id(runs[0])}
    assert runs[0].shared
    await runs[0].finished()
    assert (await engine.start(scenario, key="k")).id == runs[0].id
    with pytest.raises(KeyTaken):
        await engine.start(scenario, seed=1, key="k")
    assert len((await engine.history.find()).runs) == 1


async def test_one_key_is_one_run_for_two_servers(root: Path, write: Write, supervisor: Supervisor) -> None:
    write("a", ASLEEP)
    async with Engine(Workspace(root), supervisor) as engine, Engine(Workspace(root), supervisor) as other:
        scenario = engine.workspace.scenario("a")
        runs = await asyncio.gather(*(each.start(scenario, key="k") for each in (engine, other)))
        assert runs[0].id == runs[1].id
        await other.cancel(runs[1])
        assert (await engine.history.get(runs[0].id)).status is Status.CANCELLED


async def test_a_start_that_is_given_up_while_it_is_stored_leaves_no_run_that_waits(
    engine: Engine, write: Write
) -> None:
    write("a", ASLEEP)
    await engine.history.find()
    scenario = engine.workspace.scenario("a")
    for turns in range(12):
        starting = asyncio.create_task(engine.start(scenario))
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])
        if not starting.cancelled():
            await engine.cancel(starting.result())
    await task_done("journal")
    unfinished = [run for run in (await engine.history.find()).runs if not run.status.ended]
    assert unfinished == []


async def test_runs_of_a_dead_server_take_nobodys_place(root: Path, write: Write, supervisor: Supervisor) -> None:
    (root / "dm.toml").write_text("[limits]\nruns = 1\nqueued = 1\n")
    write("a", "")
    async with Engine(Workspace(root), supervisor) as engine:
        await engine.warm_up()
        for _ in range(2):
            await engine.history.store.add(a_run(owner="server_dead"), max_unfinished=9)
        run = await engine.start(engine.workspace.scenario("a"))
        await run.finished()
        assert run.status is Status.DONE


async def test_a_run_is_started_again_as_its_scenario_stands_now(engine: Engine, write: Write) -> None:
    write("a", "from datamaker import DataMaker\nDataMaker().result('old')")
    run = await engine.start(engine.workspace.scenario("a"), seed=7, caller="one")
    await run.finished()
    write("a", "from datamaker import DataMaker\nDataMaker().result('new')")
    again = await engine.rerun(run, caller="two")
    await again.finished()
    assert (again.seed, again.result, again.caller) == (7, "new", "two")
    assert again.id != run.id
    (engine.workspace.root / "a.py").unlink()
    with pytest.raises(ScenarioNotFound):
        await engine.rerun(run)


async def test_a_second_cancel_does_not_disturb_the_first(engine: Engine, write: Write) -> None:
    write("a", ASLEEP)
    run = await engine.start(engine.workspace.scenario("a"))
    await until(run, lambda run: run.line_count == 2)
    await asyncio.gather(*(engine.cancel(run) for _ in range(3)))
    assert run.status is Status.CANCELLED
    assert processes_with(run.id) == []


async def test_one_key_is_one_run_for_many_callers_on_two_servers(
    engine: Engine, root: Path, write: Write, supervisor: Supervisor
) -> None:
    write("a", ASLEEP)
    async with Engine(Workspace(root), supervisor) as other:
        engines = [engine, other] * 3
        scenario = engine.workspace.scenario("a")
        runs = await asyncio.gather(*(each.start(scenario, seed=1, key="k") for each in engines))
        assert len({run.id for run in runs}) == 1
        assert all(run.shared for run in runs)
        with pytest.raises(KeyTaken):
            await other.start(scenario, seed=2, key="k")
        await other.cancel(runs[0])
    assert (await engine.history.get(runs[0].id)).status is Status.CANCELLED


async def test_an_engine_that_is_being_left_starts_nothing(root: Path, write: Write, supervisor: Supervisor) -> None:
    write("a", "print(1)")
    async with Engine(Workspace(root), supervisor) as engine:
        scenario = engine.workspace.scenario("a")
        late = asyncio.create_task(engine.start(scenario))
        await asyncio.sleep(0)
    with pytest.raises(RunInterrupted):
        await engine.start(scenario)
    run = await late
    async with asyncio.timeout(10):
        await run.finished()
    assert run.status is Status.INTERRUPTED
    await engine.history.close()
