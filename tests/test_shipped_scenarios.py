"""The scenarios that come with the project, run as they stand, twice each, from the command line's own engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from tests.conftest import SHIPPED, Database

IDS = sorted(path.stem for path in SHIPPED.glob("*.py"))


@pytest.fixture(autouse=True)
def shipped(root: Path) -> None:
    for path in SHIPPED.glob("*.py"):
        shutil.copy(path, root)


def test_the_script_of_the_document_has_no_header() -> None:
    source = (SHIPPED / "customers_and_orders.py").read_text()
    assert source.startswith("from datamaker import DataMaker\n")
    assert "# ///" not in source


@pytest.mark.parametrize("scenario_id", IDS)
async def test_a_shipped_scenario_succeeds_twice(engine: Engine, database: Database, scenario_id: str) -> None:
    for _ in range(2):
        run = await engine.start(engine.workspace.scenario(scenario_id))
        await run.finished()
        assert run.error is None
        assert run.status is Status.DONE
        assert run.stored


async def test_regression_seeding_succeeds_twice_with_one_seed(engine: Engine, database: Database) -> None:
    for inserted, updated in ((500, 0), (0, 500)):
        run = await engine.start(engine.workspace.scenario("regression_seeding"), seed=7)
        await run.finished()
        stored = run.stored["conn_postgres", "orders"]
        assert (stored.inserted, stored.updated) == (inserted, updated)


async def test_every_order_has_a_customer(engine: Engine, database: Database) -> None:
    for scenario_id in ("customers_and_orders", "regression_seeding"):
        run = await engine.start(engine.workspace.scenario(scenario_id))
        await run.finished()
    lost = "select count(*) from orders o left join customers c on c.id = o.customer_id where c.id is null"
    assert await database.connection.fetchval(lost) == 0
    assert await database.connection.fetchval("select count(*) from orders") == 1000
