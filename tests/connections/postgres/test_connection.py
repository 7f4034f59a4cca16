import asyncio
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from dm_mcp.connections.base import ConnectionSettings
from dm_mcp.connections.postgres.connection import PostgresConnection
from dm_mcp.errors import (
    ColumnsMismatch,
    ConnectionFailed,
    ConstraintBroken,
    TableNotFound,
    TargetError,
    ValueMismatch,
)
from tests.conftest import Database


def unreachable(dsn: str) -> PostgresConnection:
    return PostgresConnection(ConnectionSettings("conn_gone", dsn, Path("/nowhere"), create_tables=False))


async def test_verify_names_the_server(connection: PostgresConnection) -> None:
    assert (await connection.verify()).startswith("PostgreSQL ")


async def test_a_query_gives_rows_as_dictionaries(connection: PostgresConnection) -> None:
    assert await connection.execute("select 1 as a, 'x' as b", []) == [{"a": 1, "b": "x"}]


async def test_parameters_stand_for_numbered_places(connection: PostgresConnection) -> None:
    rows = await connection.execute("select $1::int + $2::int as sum, $3::text as text", [1, 2, "it's"])
    assert rows == [{"sum": 3, "text": "it's"}]


async def test_values_come_as_the_types_that_a_script_expects(connection: PostgresConnection) -> None:
    [row] = await connection.execute(
        """select 1.50::numeric as n, '2026-01-02'::date as d, '2026-01-02 03:04Z'::timestamptz as t,
                  '{"a": [1]}'::jsonb as j, array[1, 2] as a, '10.0.0.1'::inet as i, null as nothing, true as b,
                  '00000000-0000-4000-8000-000000000000'::uuid as u, '\\x00ff'::bytea as raw,
                  '[1,5)'::int4range as r""",
        [],
    )
    assert row == {
        "n": Decimal("1.50"),
        "d": dt.date(2026, 1, 2),
        "t": dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC),
        "j": {"a": [1]},
        "a": [1, 2],
        "i": "10.0.0.1",
        "nothing": None,
        "b": True,
        "u": "00000000-0000-4000-8000-000000000000",
        "raw": b"\x00\xff",
        "r": "[1,5)",
    }


async def test_several_statements_run_together(connection: PostgresConnection) -> None:
    assert await connection.execute("create table t (a int); insert into t values (1), (2)", []) == []
    assert await connection.execute("select sum(a) as a from t", []) == [{"a": 3}]


async def test_a_transaction_can_t_be_left_open(connection: PostgresConnection) -> None:
    await connection.execute("create table t (a int)", [])
    with pytest.raises(TargetError, match="rolled back"):
        await connection.execute("begin; insert into t values (1)", [])
    assert await connection.execute("select count(*) as n from t", []) == [{"n": 0}]


async def test_a_session_does_not_keep_what_a_statement_set(connection: PostgresConnection) -> None:
    await connection.execute("set statement_timeout = '7s'", [])
    [row] = await connection.execute("show statement_timeout", [])
    assert row == {"statement_timeout": "0"}


@pytest.mark.parametrize(
    ("sql", "params", "error", "text"),
    [
        ("selec 1", [], TargetError, "syntax error"),
        ("select * from nowhere", [], TableNotFound, "nowhere"),
        ("select nothing from (values (1)) as v (a)", [], ColumnsMismatch, "nothing"),
        ("select 1 / 0", [], ValueMismatch, "division by zero"),
        ("select $1::int", ["many"], ValueMismatch, "many"),
        ("select $1::int", [], TargetError, "expects 1 argument"),
        ("do $$ begin perform pg_terminate_backend(pg_backend_pid()); end $$", [], ConnectionFailed, "terminating"),
    ],
)
async def test_a_refused_statement_has_a_code_and_says_why(
    connection: PostgresConnection, sql: str, params: list[object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text) as caught:
        await connection.execute(sql, params)
    assert type(caught.value) is error
    assert await connection.execute("select 1 as a", []) == [{"a": 1}]


async def test_a_broken_constraint_is_named(connection: PostgresConnection) -> None:
    await connection.execute("create table t (a int constraint positive check (a > 0))", [])
    with pytest.raises(ConstraintBroken) as caught:
        await connection.execute("insert into t values (-1)", [])
    assert caught.value.where == {"connection": "conn_test", "table": "t", "constraint": "positive"}
    assert "check" in caught.value.hint


@pytest.mark.parametrize(
    ("dsn", "text"),
    [
        ("postgresql://somebody:s3cret@127.0.0.1:1/db", "can't be reached"),
        ("postgresql://somebody:s3cret@/db?host=/nowhere", "can't be reached"),
        ("mysql://somebody:s3cret@localhost/db", "DSN can't be read"),
        ("postgresql://somebody:s3cret@localhost:port/db", "DSN can't be read"),
    ],
)
async def test_a_target_that_can_t_be_reached_says_so_without_the_password(dsn: str, text: str) -> None:
    connection = unreachable(dsn)
    with pytest.raises(ConnectionFailed, match=text) as caught:
        await connection.verify()
    assert "s3cret" not in str(caught.value)
    assert caught.value.where.get("connection") == "conn_gone"
    await connection.close()


async def test_a_wrong_password_is_told_as_one(database: Database) -> None:
    connection = unreachable(database.dsn.replace("dm:", "dm:wrong"))
    with pytest.raises(ConnectionFailed, match="password authentication failed") as caught:
        await connection.verify()
    assert "DSN" in caught.value.hint
    await connection.close()


def test_settings_do_not_show_the_dsn() -> None:
    assert "s3cret" not in repr(ConnectionSettings("c", "postgresql://u:s3cret@h/d", Path("/nowhere"), False))


async def test_a_lost_session_is_told_once_and_replaced(connection: PostgresConnection, database: Database) -> None:
    [mine] = await connection.execute("select pg_backend_pid() as pid", [])
    waiting = asyncio.create_task(connection.execute("select pg_sleep(60)", []))
    while not await database.connection.fetchval(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'", mine["pid"]
    ):
        pass
    with pytest.raises(ConnectionFailed, match=r"lost on the way|terminating connection"):
        await waiting
    assert await connection.execute("select 1 as a", []) == [{"a": 1}]


async def test_a_session_keeps_no_temporary_table_and_no_role(
    connection: PostgresConnection, database: Database
) -> None:
    await connection.execute("create temp table victim (id int); set role dm", [])
    assert await connection.execute("select to_regclass('pg_temp.victim')::text as t", []) == [{"t": None}]


async def test_copy_has_no_data_to_read_or_write(connection: PostgresConnection) -> None:
    for sql in ("copy t from stdin", "COPY (select 1) TO STDOUT", "select 1; copy t from stdin (format csv)"):
        with pytest.raises(TargetError, match="COPY has no data"):
            await connection.execute(sql, [])


async def test_more_rows_than_a_reply_holds_are_refused(connection: PostgresConnection) -> None:
    with pytest.raises(TargetError, match="take more than"):
        await connection.execute("select repeat('x', 1000) as x from generate_series(1, 100000)", [])
