"""Parquet files, as pyarrow reads them."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

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
    PickedColumn,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.render.parquet import write_parquet
from dm_mcp.generation.render.text import scalar_text
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.schema import ColumnSpec, ColumnType

from .columns import about, block, ints, is_nested, says_json, tables

parquet: Any = import_module("pyarrow.parquet")


def table(*examples: Block, rendering: Rendering | None = None) -> Any:
    file = io.BytesIO()
    write_parquet(examples, rendering or about(examples[0]), file)
    file.seek(0)
    return parquet.read_table(file)


def says(cell: Any, value: Any) -> bool:
    if isinstance(cell, str) and is_nested(value):
        return says_json(cell, value)
    if isinstance(cell, str):
        return cell == scalar_text(value)
    if isinstance(cell, Decimal):
        return cell == Decimal(repr(value) if isinstance(value, float) else value)
    if isinstance(cell, float):
        return cell == float(value)
    if isinstance(cell, datetime) and not isinstance(value, datetime):
        return cell == datetime(value.year, value.month, value.day, tzinfo=UTC)
    return type(cell) is type(value) and cell == value


@settings(max_examples=60)
@given(tables())
def test_a_reader_finds_what_the_dictionaries_say(example: Block) -> None:
    found = table(example)
    assert tuple(found.column_names) == example.names
    for got, row in zip(found.to_pylist(), to_rows(example), strict=True):
        assert all(map(says, got.values(), row.values()))


def test_columns_have_types() -> None:
    example = block(
        1,
        a=IntegerColumn(ints([1])),
        b=FloatColumn(np.array([0.5])),
        c=DecimalColumn(ints([1990]), 2),
        d=BooleanColumn(np.array([True])),
        e=TimestampColumn(ints([0])),
        f=DateColumn(ints([0])),
        g=TextColumn(("x",)),
        h=UuidColumn(np.zeros((1, 16), np.uint8)),
        i=PickedColumn(Choices([1, 2]), ints([1])),
        j=ObjectColumn([{"x": 1}]),
    )
    assert [str(kind) for kind in table(example).schema.types] == [
        *("int64", "double", "decimal128(19, 2)", "bool", "timestamp[us, tz=UTC]", "date32[day]"),
        *("string", "string", "int64", "string"),
    ]


def test_all_blocks_are_there_and_a_file_without_any_has_its_columns() -> None:
    blocks = [block(1, x=IntegerColumn(ints([at]))) for at in range(40)]
    assert table(*blocks)["x"].to_pylist() == list(range(40))
    specs = tuple(ColumnSpec(kind, kind) for kind in ColumnType)
    empty = table(rendering=Rendering(specs))
    assert empty.num_rows == 0
    assert tuple(empty.column_names) == tuple(ColumnType)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ObjectColumn([1]), ObjectColumn(["x"])),
        (IntegerColumn(ints([1])), ObjectColumn([2**63])),
        (DateColumn(ints([1])), ObjectColumn(["x"])),
        (TextColumn(("x",)), ObjectColumn([b"x"])),
        (TextColumn(("x",)), ObjectColumn(["\ud800"])),
        (DecimalColumn(ints([1]), 2), ObjectColumn([Decimal("0.001")])),
        (DateColumn(ints([1])), DateColumn(ints([2**40]))),
    ],
)
def test_a_value_of_another_type_than_the_first_is_an_error_with_the_field(first: Column, second: Column) -> None:
    with pytest.raises(GenerationError) as caught:
        table(block(1, broken=first), block(1, broken=second))
    assert caught.value.where == {"field": "broken"}


def test_a_later_block_may_hold_its_values_in_another_way() -> None:
    blocks = [block(1, x=column) for column in (DateColumn(ints([0])), ObjectColumn([date(2026, 1, 1)]))]
    assert table(*blocks)["x"].to_pylist() == [date(1970, 1, 1), date(2026, 1, 1)]
