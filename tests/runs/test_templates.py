"""Templates in real runs: related sets, code, values of the database, files; and what the log tells of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dm_mcp.errors import RunError, ScriptError, TemplateError
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from tests.conftest import Database
from tests.runs.conftest import RunSource, texts

Write = Callable[[str, str], None]
HEAD = 'from datamaker import DataMaker, per\ndm = DataMaker()\nshop = dm.connection("conn_postgres")\n'
"""A script that reaches the database."""
PLAIN = "from datamaker import DataMaker\ndm = DataMaker()\n"


def field(name: str, type_name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "type": type_name, "options": options}


async def test_a_set_of_related_templates_fits_together_in_the_database(
    run_source: RunSource, database: Database
) -> None:
    run = await run_source(
        HEAD
        + """
made = dm.generate_set({"tmpl_customer": 40, "tmpl_order": per("tmpl_customer", 1, 5)})
shop.insert("set_customers", made["tmpl_customer"])
shop.insert("set_orders", made["tmpl_order"])
dm.result({name: len(rows) for name, rows in made.items()})
"""
    )
    assert run.status is Status.DONE, run.error
    assert run.result["tmpl_customer"] == 40
    [row] = await database.connection.fetch(
        "select count(*) as orders, count(distinct c.id) as customers, min(o.placed_at - c.created_at) as soonest,"
        " max(o.placed_at - c.created_at) as latest"
        " from set_orders o join set_customers c on c.id = o.customer_id"
    )
    assert (row["orders"], row["customers"]) == (run.result["tmpl_order"], 40)
    assert 3600 <= row["soonest"].total_seconds() < row["latest"].total_seconds() <= 60 * 86_400


async def test_a_second_set_of_a_run_has_other_rows_and_a_seed_gives_the_same(run_source: RunSource) -> None:
    run = await run_source(
        PLAIN
        + """
plan = {"tmpl_customer": 3}
ids = lambda seed=None: [row["id"] for row in dm.generate_set(plan, seed=seed)["tmpl_customer"]]
dm.result([ids(), ids(), ids(5), ids(5), [row["id"] for row in dm.generate("tmpl_customer", 3, seed=5)]])
"""
    )
    first, second, third, fourth, alone = run.result
    assert first != second
    assert third == fourth == alone


async def test_an_asynchronous_script_makes_sets_too(run_source: RunSource) -> None:
    run = await run_source(
        "from datamaker import per\n"
        "async def main(dm):\n"
        '    made = await dm.generate_set({"tmpl_customer": 2, "tmpl_order": per("tmpl_customer", 2)})\n'
        '    return [row["customer_id"] for row in made["tmpl_order"]]\n'
    )
    assert len(run.result) == 4
    assert len(set(run.result)) == 2


async def test_python_fields_have_the_runs_dm(run_source: RunSource) -> None:
    code = "def value(rng, row, dm) -> str:\n    return f'{dm.run_id} {row[\"n\"]}'"
    fields = [field("n", "sequence"), field("v", "python", code=code)]
    run = await run_source(PLAIN + f"dm.result([dm.run_id, dm.generate({fields!r}, 2)])")
    run_id, rows = run.result
    assert [row["v"] for row in rows] == [f"{run_id} 1", f"{run_id} 2"]


async def test_values_of_the_database_are_read_by_the_runs_own_connection(
    run_source: RunSource, database: Database
) -> None:
    await database.connection.execute("create table pool (id int); insert into pool values (4), (5)")
    fields = [field("v", "db_response", connection="conn_postgres", query="select id from pool")]
    run = await run_source(HEAD + f"dm.result(sorted({{row['v'] for row in dm.generate({fields!r}, 100)}}))")
    assert run.result == [4, 5]


async def test_a_connection_that_is_out_of_scope_is_out_of_a_templates_reach(run_source: RunSource) -> None:
    fields = [field("v", "db_response", connection="conn_postgres", query="select 1 as id")]
    run = await run_source(PLAIN + f"dm.generate({fields!r}, 1)")
    assert isinstance(run.error, TemplateError)
    assert "not in this scenario's scope" in run.error.message


async def test_a_histogram_is_read_from_a_file_of_the_workspace(
    run_source: RunSource, engine: Engine, write: Write
) -> None:
    files = engine.workspace.root / "files"
    files.mkdir(exist_ok=True)
    (files / "ages.json").write_text(json.dumps({"edges": [20, 30, 40], "counts": [0, 1]}))
    fields = [field("age", "number", min=0, max=99, distribution={"kind": "histogram", "file": "ages.json"})]
    run = await run_source(PLAIN + f"dm.result([row['age'] for row in dm.generate({fields!r}, 200)])")
    assert run.error is None
    assert 30 <= min(run.result) <= max(run.result) <= 40


@pytest.mark.parametrize("path", ["../dm.toml", "/etc/passwd", "missing.json", "link.json"])
async def test_no_file_outside_of_the_folder_is_read(run_source: RunSource, engine: Engine, path: str) -> None:
    files = engine.workspace.root / "files"
    files.mkdir(exist_ok=True)
    (files / "link.json").symlink_to("/etc/passwd")
    fields = [field("age", "number", distribution={"kind": "histogram", "file": path})]
    run = await run_source(PLAIN + f"dm.generate({fields!r}, 1)")
    assert isinstance(run.error, RunError | TemplateError | ScriptError)
    assert path in run.error.message or "leaves the workspace" in run.error.message
    assert "root:" not in str(run.error.to_dict())


async def test_words_of_another_locale_are_told_in_the_log_once(run_source: RunSource) -> None:
    template = {"locale": "de_XX", "fields": [{"name": "n", "type": "first_name"}]}
    run = await run_source(PLAIN + f"dm.generate({template!r}, 1); dm.generate({template!r}, 1)")
    assert run.error is None
    assert texts(run) == ["There is no locale 'de_XX'; de_DE stands in for it."]
    assert [line.level for line in run.lines if "de_XX" in line.text] == ["warn"]


async def test_code_that_fails_ends_the_run_with_the_field_and_the_line(run_source: RunSource) -> None:
    fields = [field("v", "python", code="def value(rng, row, dm):\n    return 1 / 0")]
    run = await run_source(PLAIN + f"dm.generate({fields!r}, 1)")
    assert run.error is not None
    assert "the code failed in line 2: ZeroDivisionError" in run.error.message
    assert run.error.where.get("field") == "v"
