import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dm_mcp.connections.base import LoadRequest, Stored
from dm_mcp.connections.postgres.connection import PostgresConnection
from dm_mcp.errors import ConstraintBroken, InvalidRequest, TargetError, ValueMismatch
from dm_mcp.generation.schema import ColumnSpec, ColumnType
from tests.conftest import Database
from tests.connections.postgres.conftest import Insert


async def rows_of(database: Database, table: str = "t") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.connection.fetch(f"select * from {table} order by 1")]


async def no_session_is_left_in_a_transaction(database: Database) -> bool:
    return not await database.connection.fetchval(
        "select count(*) from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()"
    )


async def test_rows_are_stored_and_counted(database: Database, insert: Insert) -> None:
    assert await insert("t", [{"id": n, "name": f"n{n}"} for n in range(20_000)]) == Stored(inserted=20_000)
    assert await database.connection.fetchval("select count(*) from t") == 20_000


async def test_an_upsert_updates_what_is_there_and_inserts_the_rest(database: Database, insert: Insert) -> None:
    await insert("t", [{"id": 1, "name": "old"}, {"id": 2, "name": "old"}])
    stored = await insert("t", [{"id": 2, "name": "new"}, {"id": 3, "name": "new"}], "update", ("id",))
    assert stored == Stored(inserted=1, updated=1)
    assert await rows_of(database) == [(1, "old"), (2, "new"), (3, "new")]


async def test_an_upsert_leaves_the_columns_alone_that_the_rows_do_not_have(database: Database, insert: Insert) -> None:
    await database.connection.execute(
        "create table t (id int primary key, a int, b int); insert into t values (1, 1, 1)"
    )
    await insert("t", [{"id": 1, "a": 2}], "update")
    assert await rows_of(database) == [(1, 2, 1)]


async def test_ignore_keeps_what_is_there(database: Database, insert: Insert) -> None:
    await insert("t", [{"id": 1, "name": "old"}])
    stored = await insert("t", [{"id": 1, "name": "new"}, {"id": 2, "name": "new"}], "ignore")
    assert stored == Stored(inserted=1, skipped=1)
    assert await rows_of(database) == [(1, "old"), (2, "new")]


async def test_rows_of_nothing_but_the_key_can_be_upserted(database: Database, insert: Insert) -> None:
    await insert("t", [{"id": 1}])
    assert await insert("t", [{"id": 1}, {"id": 2}], "update", ("id",)) == Stored(inserted=1, skipped=1)


async def test_one_key_twice_in_an_upsert_is_told(database: Database, insert: Insert) -> None:
    await insert("t", [{"id": 1, "name": "old"}])
    with pytest.raises(TargetError) as caught:
        await insert("t", [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}], "update", ("id",))
    assert "same key twice" in caught.value.hint
    assert await rows_of(database) == [(1, "old")]


async def test_an_upsert_without_any_key_says_how_to_name_it(database: Database, insert: Insert) -> None:
    await database.connection.execute("create table t (name text)")
    with pytest.raises(InvalidRequest, match="no primary key") as caught:
        await insert("t", [{"name": "a"}], "update")
    assert 'key="id"' in caught.value.hint


async def test_a_key_that_nothing_makes_unique_is_told(database: Database, insert: Insert) -> None:
    await database.connection.execute("create table t (id int primary key, code text)")
    with pytest.raises(TargetError) as caught:
        await insert("t", [{"id": 1, "code": "a"}], "update", ("code",))
    assert "unique index" in caught.value.hint


async def test_a_duplicate_names_its_key_and_row_and_stores_nothing(database: Database, insert: Insert) -> None:
    await insert("t", [{"id": 5, "name": "there"}])
    with pytest.raises(ConstraintBroken, match=r"Key \(id\)=\(5\) already exists") as caught:
        await insert("t", [{"id": n, "name": "x"} for n in range(10)])
    assert caught.value.where == {"connection": "conn_test", "table": "t", "constraint": "t_pkey", "row": 6}
    assert await rows_of(database) == [(5, "there")]
    assert await no_session_is_left_in_a_transaction(database)


async def test_a_missing_parent_is_told_with_its_key(database: Database, insert: Insert) -> None:
    await database.connection.execute(
        "create table p (id int primary key); create table t (id int primary key, p int references p (id))"
    )
    with pytest.raises(ConstraintBroken, match=r"Key \(p\)=\(9\) is not present") as caught:
        await insert("t", [{"id": 1, "p": 9}])
    assert "parent" in caught.value.hint
    assert await rows_of(database) == []


async def test_a_sensitive_value_is_kept_out_of_the_message(database: Database, connection: PostgresConnection) -> None:
    await database.connection.execute("create table t (iban text primary key); insert into t values ('DE1')")
    request = LoadRequest("t", (ColumnSpec("iban", ColumnType.TEXT, sensitive=True),))

    async def chunks() -> AsyncIterator[bytes]:
        yield b"\x00\x01\x00\x00\x00\x03DE1"

    with pytest.raises(ConstraintBroken) as caught:
        async with connection.load(request) as load:
            await load.store(chunks())
    assert "DE1" not in str(caught.value)
    assert caught.value.where.get("constraint") == "t_pkey"


async def test_a_text_that_is_too_long_names_its_row(database: Database, insert: Insert) -> None:
    await database.connection.execute("create table t (id int, code varchar(3))")
    with pytest.raises(ValueMismatch) as caught:
        await insert("t", [{"id": 1, "code": "abc"}, {"id": 2, "code": "abcd"}])
    assert (caught.value.where.get("row"), caught.value.where.get("column")) == (2, "code")


async def test_bytes_that_are_no_rows_store_nothing(database: Database, connection: PostgresConnection) -> None:
    await database.connection.execute("create table t (id int)")

    async def chunks() -> AsyncIterator[bytes]:
        yield b"\x00\x01\x00\x00\x00\x04\x00\x00\x00\x01"
        yield b"garbage"

    with pytest.raises((ValueMismatch, TargetError)):
        async with connection.load(LoadRequest("t", (ColumnSpec("id", ColumnType.INTEGER),))) as load:
            await load.store(chunks())
    assert await rows_of(database) == []


async def test_rows_that_stop_coming_store_nothing(database: Database, connection: PostgresConnection) -> None:
    await database.connection.execute("create table t (id int)")

    async def chunks() -> AsyncIterator[bytes]:
        yield b"\x00\x01\x00\x00\x00\x04\x00\x00\x00\x01"
        raise InvalidRequest("the worker gave up")

    with pytest.raises(InvalidRequest, match="gave up"):
        async with connection.load(LoadRequest("t", (ColumnSpec("id", ColumnType.INTEGER),))) as load:
            await load.store(chunks())
    assert await rows_of(database) == []
    assert await no_session_is_left_in_a_transaction(database)


async def test_a_cancelled_load_stores_nothing_and_frees_its_session(
    database: Database, connection: PostgresConnection
) -> None:
    await database.connection.execute("create table t (id int)")
    under_way = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"\x00\x01\x00\x00\x00\x04\x00\x00\x00\x01"
        under_way.set()
        await asyncio.Event().wait()

    async def load() -> None:
        async with connection.load(LoadRequest("t", (ColumnSpec("id", ColumnType.INTEGER),))) as load:
            await load.store(chunks())

    task = asyncio.create_task(load())
    await under_way.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await rows_of(database) == []
    assert await no_session_is_left_in_a_transaction(database)
