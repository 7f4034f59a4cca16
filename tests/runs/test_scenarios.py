"""What a scenario can do: the `dm` surface, from a real worker to a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from dm_mcp.connections.base import Stored
from dm_mcp.errors import ConstraintBroken, InvalidRequest, OutOfScope, OverrideError, TemplateNotFound, ValueMismatch
from dm_mcp.runs.run import Progress, Status
from tests.conftest import Database
from tests.runs.conftest import RunSource, texts

HEAD = 'from datamaker import DataMaker\ndm = DataMaker()\nshop = dm.connection("conn_postgres")\n'


async def test_an_empty_script_is_done(run_source: RunSource) -> None:
    run = await run_source("")
    assert (run.status, run.result, run.error) == (Status.DONE, None, None)


async def test_customers_and_the_orders_that_reference_them(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        HEAD
        + """
customers = dm.generate(template_id="tmpl_customer", count=20)
shop.insert(table="customers", rows=customers)
ids = [c["id"] for c in customers]
shop.insert(table="orders", rows=dm.generate("tmpl_order", 50, overrides={"customer_id": dm.pick_from(ids)}))
"""
    )
    assert run.status is Status.DONE
    assert run.stored == {
        ("conn_postgres", "customers"): Stored(inserted=20),
        ("conn_postgres", "orders"): Stored(inserted=50),
    }
    matched = await database.connection.fetchval(
        "select count(*) from orders o join customers c on c.id = o.customer_id"
    )
    assert matched == 50


async def test_the_same_seed_makes_the_same_rows(run_source: RunSource) -> None:
    source = 'from datamaker import DataMaker\ndm = DataMaker()\ndm.result(dm.generate("tmpl_customer", 5))'
    first, again, other = [await run_source(source, seed=seed) for seed in (7, 7, 8)]
    assert first.result == again.result
    assert first.result != other.result


async def test_a_template_may_be_written_where_its_name_might_stand(run_source: RunSource) -> None:
    run = await run_source(
        """
from datamaker import DataMaker
from pydantic import BaseModel, Field


class Person(BaseModel):
    email: str
    age: int = Field(ge=18, le=20)


dm = DataMaker()
people = [Person.model_validate(row) for row in dm.generate(Person, 100)]
fields = [{"name": "n", "type": "number", "options": {"min": 5, "max": 5}}]
schema = {"properties": {"city": {"type": "string"}}}
dm.result({
    "ages": sorted({person.age for person in people}),
    "fields": dm.generate(fields, 2),
    "template": dm.template({"fields": fields}).generate(1),
    "schema": list(dm.generate(schema, 1)[0]),
    "again": dm.generate(schema, 1) == dm.generate(schema, 1),
})
"""
    )
    assert run.error is None
    assert run.result == {
        "ages": [18, 19, 20],
        "fields": [{"n": 5}] * 2,
        "template": [{"n": 5}],
        "schema": ["city"],
        "again": False,
    }


async def test_async_scenarios_write_templates_too(run_source: RunSource) -> None:
    run = await run_source(
        "async def main(dm):\n"
        '    template = await dm.template([{"name": "mail", "type": "email"}])\n'
        '    return [len(await dm.generate({"properties": {"x": {"type": "integer"}}}, 3)), template.id]'
    )
    assert run.result == [3, "inline"]


async def test_what_is_no_template_is_told_with_the_line(run_source: RunSource) -> None:
    run = await run_source("from datamaker import DataMaker\nDataMaker().generate(5, 1)")
    assert run.error is not None
    assert run.error.code == "template_invalid"
    assert run.error.where.get("line") == 2


async def test_a_second_call_for_a_template_makes_other_rows(run_source: RunSource) -> None:
    run = await run_source(
        "from datamaker import DataMaker\ndm = DataMaker()\n"
        'a, b = dm.generate("tmpl_customer", 5), dm.generate("tmpl_customer", 5)\n'
        'c = dm.generate("tmpl_customer", 5, seed=dm.seed)\n'
        'dm.result([a == c, {r["id"] for r in a} & {r["id"] for r in b}])'
    )
    assert run.result == [True, []]


async def test_a_template_is_found_by_its_name_and_used_often(run_source: RunSource) -> None:
    run = await run_source(
        "from datamaker import DataMaker\ndm = DataMaker()\n"
        'order = dm.template("Order")\n'
        "dm.result([order.id, order.name, len(order.generate(3)), sum(1 for _ in order.stream(9000))])"
    )
    assert run.result == ["tmpl_order", "Order", 3, 9000]


async def test_overrides_are_constants_picks_and_functions(run_source: RunSource) -> None:
    run = await run_source(
        "from datamaker import DataMaker\ndm = DataMaker()\n"
        'rows = dm.generate("tmpl_order", 200, overrides={\n'
        '    "status": dm.pick_from(["new", "paid"], weights=[1, 0]),\n'
        '    "amount": dm.callable(lambda row: len(row["status"])),\n'
        '    "customer_id": "me",\n'
        "})\n"
        'dm.result([{r["status"] for r in rows}, {r["amount"] for r in rows}, {r["customer_id"] for r in rows}])'
    )
    assert run.result == [["new"], [3], ["me"]]


async def test_main_gets_a_datamaker_and_returns_the_result(run_source: RunSource) -> None:
    run = await run_source('def main(dm):\n    return {"rows": len(dm.generate("tmpl_order", 3))}')
    assert run.result == {"rows": 3}


async def test_an_async_main_does_several_things_at_once(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        """
import asyncio

async def main(dm):
    shop = await dm.connection("conn_postgres")
    customer = await dm.template("tmpl_customer")

    async def rows():
        for row in await customer.generate(1500):
            yield row

    slept, result = await asyncio.gather(shop.execute("select pg_sleep(0.05)"), shop.insert("customers", rows()))
    await shop.insert_one("customers", (await customer.generate(1))[0])
    [count] = await shop.execute("select count(*) as n from customers")
    return [result.inserted, count["n"]]
"""
    )
    assert run.result == [1500, 1501]


async def test_parameters_are_checked_and_have_defaults(run_source: RunSource) -> None:
    source = """# /// script
# [tool.dm.params.environment]
# type = "string"
# default = "dev"
# ///
from datamaker import DataMaker
dm = DataMaker()
dm.result(dm.params["environment"])
"""
    assert (await run_source(source)).result == "dev"
    assert (await run_source(source, {"environment": "regression"})).result == "regression"


async def test_print_and_log_records_keep_their_order_and_level(run_source: RunSource) -> None:
    run = await run_source(
        """
import sys
from datamaker import DataMaker
dm = DataMaker()
print("one")
dm.log.info("two %d", 2)
print("three", file=sys.stderr)
dm.log.warn("four")
sys.stdout.write("no newline")
"""
    )
    told = [(line.stream, line.level, line.text) for line in run.lines[1:]]
    assert told == [
        ("stdout", "info", "one"),
        ("log", "info", "two 2"),
        ("stderr", "info", "three"),
        ("log", "warn", "four"),
        ("stdout", "info", "no newline"),
    ]
    assert [line.number for line in run.lines] == [1, 2, 3, 4, 5, 6]


async def test_a_log_record_may_carry_the_exception_at_hand(run_source: RunSource) -> None:
    run = await run_source(
        "from datamaker import DataMaker\ndm = DataMaker()\n"
        'try:\n    1 / 0\nexcept ZeroDivisionError:\n    dm.log.error("oh %s", exc_info=True)'
    )
    assert texts(run)[0] == "oh %s"
    assert texts(run)[-1] == "ZeroDivisionError: division by zero"


async def test_progress_is_told(run_source: RunSource) -> None:
    run = await run_source("from datamaker import DataMaker\ndm = DataMaker()\ndm.progress(3, 10)")
    assert run.progress == Progress(3, 10)


async def test_rows_may_come_from_a_generator_that_uses_dm_itself(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        HEAD
        + """
shop.execute("create table seen (n int)")

def rows():
    for n in range(3000):
        if n % 1000 == 0:
            shop.execute("insert into seen values ($1)", [n])
            dm.log.info("at %d", n)
        yield {"id": n, "name": f"n{n}"}

dm.result(shop.insert("things", rows()).inserted)
"""
    )
    assert run.result == 3000
    assert await database.connection.fetchval("select count(*) from seen") == 3


async def test_a_changed_row_is_stored_as_changed(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        HEAD + 'rows = dm.generate("tmpl_order", 10)\nrows[4]["status"] = "mine"\nshop.insert("orders", rows)\n'
    )
    assert run.status is Status.DONE
    assert await database.connection.fetchval("select count(*) from orders where status = 'mine'") == 1


async def test_single_rows_are_sent_in_batches_before_the_next_call(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        HEAD
        + """
for n in range(2500):
    shop.insert_one("things", {"id": n})
[row] = shop.execute("select count(*) as n from things")
shop.insert_one("things", {"id": 2500})
dm.result(row["n"])
"""
    )
    assert run.result == 2500
    assert run.stored == {("conn_postgres", "things"): Stored(inserted=2501)}


async def test_later_rows_may_miss_a_column(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        HEAD + 'shop.insert("t", ({"id": n, "a": n} if n < 9000 else {"id": n} for n in range(20000)))'
    )
    assert run.error is None
    assert await database.connection.fetchval("select count(*) from t where a is null") == 11000


async def test_later_rows_may_not_bring_a_new_column(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        HEAD + 'shop.insert("t", ({"id": n} if n < 9000 else {"id": n, "b": 1} for n in range(20000)))'
    )
    assert run.error is not None
    assert (run.error.code, run.error.where.get("row")) == ("invalid_request", 9001)
    assert await database.connection.fetchval("select to_regclass('t')") is None


async def test_the_environment_says_which_run_it_is(run_source: RunSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SECRET", "s3cret")
    run = await run_source("import os\nfrom datamaker import DataMaker\nDataMaker().result(dict(os.environ))")
    assert run.result["DM_RUN_ID"] == run.id
    assert run.result["DM_SCENARIO_ID"] == "scenario"
    assert "s3cret" not in str(run.result)


async def test_the_working_folder_is_the_run_s_own_and_goes_with_it(run_source: RunSource, root: Path) -> None:
    run = await run_source(
        "import os\nfrom pathlib import Path\nfrom datamaker import DataMaker\n"
        'Path("scratch.txt").write_text("x")\nDataMaker().result(os.listdir())'
    )
    assert run.result == ["scratch.txt"]
    assert list((root / ".dm" / "runs").rglob(run.id)) == []


async def test_threads_are_waited_for(run_source: RunSource) -> None:
    run = await run_source(
        'import threading\nthreading.Thread(target=lambda: (threading.Event().wait(0.05), print("late"))).start()'
    )
    assert texts(run) == ["late"]


async def test_exit_handlers_run(run_source: RunSource) -> None:
    assert texts(await run_source('import atexit\natexit.register(print, "bye")')) == ["bye"]


@pytest.mark.parametrize(
    ("source", "error", "line", "text"),
    [
        ('dm.connection("conn_other")', OutOfScope, 4, "not in this scenario's scope"),
        ('dm.connection("conn_" + "nowhere")', OutOfScope, 4, "defines no such connection"),
        ('dm.generate("tmpl_custmer", 1)', TemplateNotFound, 4, "tmpl_custmer"),
        ('dm.generate("tmpl_order", -1)', InvalidRequest, 4, "-1"),
        ('dm.generate("tmpl_order", 1.5)', InvalidRequest, 4, "1.5"),
        ('dm.generate("tmpl_order", 1, overrides={"staus": 1})', OverrideError, 4, "staus"),
        ("dm.pick_from([])", OverrideError, 4, "pick from"),
        ("dm.progress(-1)", InvalidRequest, 4, "-1"),
        ('shop.insert("t", [{"id": 1}, 2])', InvalidRequest, 4, "row 2"),
        ('shop.insert("t", [{"id": 1}, {"id": 1}])', ConstraintBroken, 4, "already exists"),
        ('shop.execute("create table t (id int)"); shop.insert("t", [{"id": "x"}])', ValueMismatch, 4, "row 1"),
    ],
)
async def test_a_refused_call_has_its_code_and_the_script_s_line(
    run_source: RunSource, database: Database, source: str, error: type[Exception], line: int, text: str
) -> None:
    header = '# /// script\n# [tool.dm]\n# connections = ["conn_postgres"]\n# ///\n'
    run = await run_source(header + HEAD + source)
    assert run.status is Status.FAILED
    assert run.error is not None
    assert type(run.error) is error
    assert text in str(run.error)
    assert run.error.where.get("file") == "scenario.py"
    assert run.error.where.get("line") == line + 4


async def test_a_script_may_catch_what_it_expects(run_source: RunSource, database: Database) -> None:
    run = await run_source(
        HEAD
        + """
from datamaker import ConstraintBroken
shop.insert("t", [{"id": 1}])
try:
    shop.insert("t", [{"id": 1}])
except ConstraintBroken as error:
    dm.result([error.code, error.where["constraint"]])
"""
    )
    assert run.result == ["constraint_broken", "t_pkey"]


async def test_a_generator_that_raises_stores_nothing_and_shows_its_line(
    run_source: RunSource, database: Database
) -> None:
    run = await run_source(
        HEAD
        + """
def rows():
    for n in range(20000):
        if n == 15000:
            raise KeyError("no such thing")
        yield {"id": n}

shop.insert("t", rows())
"""
    )
    assert run.error is not None
    assert (run.error.code, run.error.where.get("line")) == ("script_error", 8)
    assert await database.connection.fetchval("select to_regclass('t')") is None
