import asyncio
from decimal import Decimal
from typing import Any

import pytest

from dm_mcp.connections.postgres.connection import PostgresConnection
from dm_mcp.connections.postgres.table import quote, quote_table
from dm_mcp.errors import ColumnsMismatch, ConstraintBroken, InvalidRequest, TableNotFound, ValueMismatch
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.rows import Rows
from dm_mcp.generation.template import parse_template
from tests.conftest import Database
from tests.connections.postgres.conftest import Insert, settings


async def types_of(database: Database, table: str) -> dict[str, str]:
    rows = await database.connection.fetch(
        "select attname, format_type(atttypid, atttypmod) as type from pg_attribute"
        " where attrelid = to_regclass($1) and attnum > 0",
        table,
    )
    return {row["attname"]: row["type"] for row in rows}


async def test_a_missing_table_gets_the_columns_of_the_template(database: Database, insert: Insert) -> None:
    kinds = ("uuid", "first_name", "number", "float", "amount", "boolean", "date", "datetime")
    fields = [{"name": kind, "type": kind} for kind in kinds]
    compiled = compile_template(parse_template({"id": "t", "name": "t", "fields": fields}))
    await insert("made", Rows(compiled.blocks(3, 1), compiled.schema))
    assert await types_of(database, "made") == {
        "uuid": "uuid",
        "first_name": "text",
        "number": "bigint",
        "float": "double precision",
        "amount": "numeric",
        "boolean": "boolean",
        "date": "date",
        "datetime": "timestamp with time zone",
    }


async def test_a_made_table_has_its_id_as_primary_key(database: Database, insert: Insert) -> None:
    await insert("made", [{"id": 1, "name": "a"}])
    key = await database.connection.fetchval(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'made_pkey'"
    )
    assert key == "PRIMARY KEY (id)"


async def test_a_made_table_has_the_key_of_its_upsert_as_primary_key(insert: Insert) -> None:
    rows = [{"shop": 1, "code": "a", "n": 1}]
    await insert("made", rows, "update", ("shop", "code"))
    assert (await insert("made", rows, "update", ("shop", "code"))).updated == 1


async def test_a_table_is_not_made_where_the_connection_may_not(database: Database, insert: Insert) -> None:
    through = PostgresConnection(settings(database, create_tables=False))
    await database.connection.execute("create table customers (a int)")
    with pytest.raises(TableNotFound) as caught:
        await insert("custmers", [{"a": 1}], through=through)
    assert caught.value.where == {"connection": "conn_test", "table": "custmers"}
    assert "customers" in caught.value.hint
    assert "create_tables" in caught.value.hint
    await through.close()


async def test_a_failed_load_leaves_no_table_behind(database: Database, insert: Insert) -> None:
    with pytest.raises(ConstraintBroken):
        await insert("made", [{"id": 1}, {"id": 1}])
    assert await types_of(database, "made") == {}


async def test_two_loads_at_once_make_one_table(database: Database, insert: Insert) -> None:
    await asyncio.gather(*(insert("made", [{"id": n, "name": "x"}]) for n in range(6)))
    assert await database.connection.fetchval("select count(*) from made") == 6


async def test_all_that_is_wrong_with_the_columns_comes_in_one_error(database: Database, insert: Insert) -> None:
    await database.connection.execute(
        "create table people (id int primary key, email text not null, born date not null default now(),"
        " shout text generated always as (upper(email)) stored)"
    )
    with pytest.raises(ColumnsMismatch) as caught:
        await insert("people", [{"id": 1, "e_mail": "a@example.com", "shout": "A"}])
    message = str(caught.value)
    assert "no column 'e_mail' (did you mean 'email'?)" in message
    assert "'email' needs a value" in message
    assert "'shout' is a generated column" in message
    assert "'born'" not in caught.value.message
    assert caught.value.where.get("column") == "e_mail"


async def test_columns_with_a_default_may_be_left_out(database: Database, insert: Insert) -> None:
    await database.connection.execute(
        "create table t (id bigint generated always as identity, n int default 7, name text not null)"
    )
    await insert("t", [{"name": "a"}, {"name": "b"}])
    rows = await database.connection.fetch("select id, n, name from t order by id")
    assert [tuple(row) for row in rows] == [(1, 7, "a"), (2, 7, "b")]


async def test_a_type_that_can_t_be_filled_is_refused_first(database: Database, insert: Insert) -> None:
    await database.connection.execute("create table t (id int, place point)")
    with pytest.raises(ValueMismatch, match="type point") as caught:
        await insert("t", [{"id": 1, "place": "(1,2)"}])
    assert caught.value.where.get("column") == "place"


async def test_enums_and_domains_are_filled_as_what_they_are_made_of(database: Database, insert: Insert) -> None:
    await database.connection.execute(
        "create type mood as enum ('happy', 'sad');"
        "create domain price as numeric(8, 2) check (value >= 0); create table t (m mood, p price)"
    )
    await insert("t", [{"m": "sad", "p": Decimal("1.25")}])
    assert tuple(await database.connection.fetchrow("select m, p from t") or ()) == ("sad", Decimal("1.25"))


async def test_lists_fill_arrays(database: Database, insert: Insert) -> None:
    await database.connection.execute(
        "create type mood as enum ('happy', 'sad');"
        "create table t"
        " (id int, tags text[], counts int[] not null, prices numeric(8, 2)[], moods mood[], docs jsonb[])"
    )
    row = {"tags": ["a", None, "ü,}"], "counts": [1, -2], "prices": [Decimal("1.25")], "moods": ["sad"], "docs": ["x"]}
    empty: dict[str, Any] = {"tags": None, "counts": [], "prices": [], "moods": None, "docs": None}
    await insert("t", [{"id": 1, **row}, {"id": 2, **empty}])
    first, second = await database.connection.fetch("select * from t order by id")
    assert dict(first) == {"id": 1, **row, "docs": ['"x"']}
    assert dict(second) == {"id": 2, **empty}
    with pytest.raises(ValueMismatch, match=r"item 1 of it: .* keeps 2 digits"):
        await insert("t", [{"id": 3, "counts": [], "prices": [Decimal("1.255")]}])
    await database.connection.execute("create table u (places point[])")
    with pytest.raises(ValueMismatch, match=r"type point\[\]"):
        await insert("u", [{"places": []}])


async def test_digits_are_never_rounded_in_silence(database: Database, insert: Insert) -> None:
    await database.connection.execute("create table t (id int, p numeric(8, 2))")
    with pytest.raises(ValueMismatch) as caught:
        await insert("t", [{"id": 1, "p": Decimal("1.25")}, {"id": 2, "p": Decimal("1.255")}])
    assert (caught.value.where.get("row"), caught.value.where.get("column")) == (2, "p")
    assert await database.connection.fetchval("select count(*) from t") == 0


async def test_a_schema_may_stand_before_the_table(database: Database, insert: Insert) -> None:
    schema = await database.connection.fetchval("select current_schema()")
    await insert(f"{schema}.t", [{"id": 1}])
    assert await database.connection.fetchval("select count(*) from t") == 1


@pytest.mark.parametrize("name", ['a"b', "Select", "with space", "drop table x; --", "ä"])
async def test_any_name_is_only_a_name(database: Database, insert: Insert, name: str) -> None:
    await insert(name, [{name: 1, "other": 2}], "update", (name,))
    assert await database.connection.fetchval(f"select {quote(name)} from {quote_table(name)}") == 1


@pytest.mark.parametrize("name", ["", "x" * 64, "a\0b", "schema."])
async def test_what_can_t_be_a_name_is_refused(insert: Insert, name: str) -> None:
    with pytest.raises(InvalidRequest, match="can't be a name"):
        await insert(name, [{"id": 1}])


async def test_a_key_must_be_a_column_of_the_rows(insert: Insert) -> None:
    with pytest.raises(InvalidRequest, match="no column of the rows"):
        await insert("t", [{"id": 1}], "update", ("code",))
