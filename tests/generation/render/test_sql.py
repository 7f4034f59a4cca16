"""INSERT statements."""

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    BooleanColumn,
    Choices,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.sql import sql_statements
from dm_mcp.generation.render.sql_dialects import DIALECTS
from dm_mcp.generation.render.values import to_rows

from .columns import about, block, ints, is_nested, says_json, tables


def statements(example: Block, dialect: str, table: str = "data") -> str:
    return b"".join(sql_statements([example], about(example, dialect=dialect, table=table))).decode()


def literals(column: Column, rows: int, dialect: str) -> list[str]:
    """The literals of one column, without the statement round them."""
    lines = statements(block(rows, x=column), dialect).splitlines()
    return [line[1:].rstrip(",;")[:-1] for line in lines if not line.startswith("INSERT")]


def in_sqlite(value: Any) -> Any:
    """What SQLite's own types make of a value."""
    match value:
        case Decimal():
            return pytest.approx(float(value), rel=1e-14)
        case float():
            return pytest.approx(value, rel=1e-14)
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ")
        case date() | UUID():
            return str(value)
        case _:
            return value


@given(tables())
def test_sqlite_stores_what_the_dictionaries_say(example: Block) -> None:
    database = sqlite3.connect(":memory:")
    names = ", ".join(map(DIALECTS["sqlite"].identifier, example.names))
    database.execute(f"create table data ({names})")
    database.executescript(statements(example, "sqlite"))
    stored = database.execute("select * from data").fetchall()
    database.close()
    for got, row in zip(stored, to_rows(example), strict=True):
        for cell, value in zip(got, row.values(), strict=True):
            if is_nested(value):
                assert says_json(cell, value)
            else:
                assert cell == in_sqlite(value)


def test_a_statement_has_500_rows_at_the_most() -> None:
    text = statements(block(1001, n=IntegerColumn(ints(list(range(1001))))), "postgresql", "shop.order")
    first, second, third = text.split('INSERT INTO "shop"."order" ("n") VALUES\n')[1:]
    assert first.startswith("(0),\n(1),\n")
    assert first.endswith(",\n(499);\n")
    assert second.count("\n") == 500
    assert third == "(1000);\n"


def test_oracle_gets_a_statement_a_row() -> None:
    assert statements(block(2, n=IntegerColumn(ints([1, 2]))), "oracle") == (
        'INSERT INTO "data" ("n") VALUES\n(1);\nINSERT INTO "data" ("n") VALUES\n(2);\n'
    )


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        ("postgresql", '"a""`]"'),
        ("sqlite", '"a""`]"'),
        ("mysql", '`a"``]`'),
        ("sqlserver", '[a"`]]]'),
    ],
)
def test_identifiers_are_quoted(dialect: str, name: str) -> None:
    text = statements(block(1, **{'a"`]': IntegerColumn(ints([1]))}), dialect)
    assert f" ({name}) VALUES" in text


@pytest.mark.parametrize(
    ("dialect", "name"),
    [("postgresql", "a\nGO\n"), ("sqlite", "a\0"), ("oracle", 'a"'), ("oracle", "a&b"), ("sqlserver", "a\r")],
)
def test_a_name_that_a_client_could_take_for_more_is_refused(dialect: str, name: str) -> None:
    with pytest.raises(GenerationError, match="can't be a name in the dialect") as caught:
        statements(block(1, **{name: IntegerColumn(ints([1]))}), dialect)
    assert caught.value.where == {"field": name}


def test_no_variable_of_sqlcmd_is_put_in_place_of_a_value() -> None:
    text = statements(block(1, a=ObjectColumn(["$(PATH)"])), "sqlserver")
    assert "$(" not in text


NASTY = 'it\'s \\ \n& "x"'


@pytest.mark.parametrize(
    ("dialect", "literal"),
    [
        ("postgresql", "'it''s \\ \n& \"x\"'"),
        ("sqlite", "'it''s \\ \n& \"x\"'"),
        ("mysql", "'it''s \\\\ \n& \"x\"'"),
        ("sqlserver", "N'it''s \\ '+NCHAR(10)+N'& \"x\"'"),
        ("oracle", "'it''s \\ '||CHR(10)||''||CHR(38)||' \"x\"'"),
    ],
)
def test_no_text_ends_its_literal(dialect: str, literal: str) -> None:
    columns: list[Column] = [
        TextColumn((NASTY,)),
        TextColumn((Picked(Pool([NASTY]), ints([0])),)),
        ObjectColumn([NASTY]),
        PickedColumn(Choices([NASTY]), ints([0])),
    ]
    for column in columns:
        assert f"\n({literal});\n" in statements(block(1, x=column), dialect)


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("postgresql", ["TRUE", "'2026-01-31'", "'2026-01-31 12:00:00.500000+00'"]),
        ("mysql", ["TRUE", "'2026-01-31'", "'2026-01-31 12:00:00.500000'"]),
        ("sqlite", ["1", "'2026-01-31'", "'2026-01-31 12:00:00.500000'"]),
        ("sqlserver", ["1", "'2026-01-31'", "'2026-01-31T12:00:00.500000'"]),
        ("oracle", ["1", "DATE '2026-01-31'", "TIMESTAMP '2026-01-31 12:00:00.500000 +00:00'"]),
    ],
)
def test_truth_and_time_are_written_as_the_dialect_reads_them(dialect: str, expected: list[str]) -> None:
    moment = datetime(2026, 1, 31, 12, 0, 0, 500_000, UTC)
    made: list[Column] = [
        BooleanColumn(np.array([True])),
        DateColumn(ints([20_484])),
        TimestampColumn(ints([20_484 * 86_400_000_000 + 43_200_500_000])),
    ]
    values = [True, date(2026, 1, 31), moment]
    assert [literals(column, 1, dialect)[0] for column in made] == expected
    assert [literals(PickedColumn(Choices([v, "x"]), ints([0])), 1, dialect)[0] for v in values] == expected
    assert [literals(ObjectColumn([v, "x"]), 2, dialect)[0] for v in values] == expected


def test_other_values_are_numbers_null_or_quoted() -> None:
    assert literals(DecimalColumn(ints([1990]), 2), 1, "mysql") == ["19.90"]
    assert literals(FloatColumn(np.array([0.25, 1e-7])), 2, "mysql") == ["0.25", "1e-07"]
    assert literals(IntegerColumn(ints([1, -2]), null=np.array([True, False])), 2, "mysql") == ["NULL", "-2"]
    assert literals(UuidColumn(np.zeros((1, 16), np.uint8)), 1, "mysql") == ["'00000000-0000-0000-0000-000000000000'"]
    nested = [{"a": "it's", "b": ["\\"]}, None]
    assert literals(ObjectColumn(nested), 2, "mysql") == ['\'{"a":"it\'\'s","b":["\\\\\\\\"]}\'', "NULL"]


@pytest.mark.parametrize(
    ("column", "dialect"),
    [
        (FloatColumn(np.array([0.5, np.nan])), "mysql"),
        (ObjectColumn([1, Decimal("Infinity")]), "sqlite"),
        (ObjectColumn(["a", "\ud800"]), "sqlite"),
        (ObjectColumn(["a", b"b"]), "oracle"),
        (ObjectColumn(["a", "b\0"]), "postgresql"),
        (TextColumn(("b\0",)), "postgresql"),
    ],
)
def test_what_the_dialect_can_not_hold_is_an_error_with_the_field(column: Column, dialect: str) -> None:
    with pytest.raises(GenerationError) as caught:
        statements(block(2, broken=column), dialect)
    assert caught.value.where == {"field": "broken"}
