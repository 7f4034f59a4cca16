"""Columns as Python values."""

import gc
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    BooleanColumn,
    Choices,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    Slices,
    TextColumn,
    TextPart,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.values import null_rows, to_python, to_rows, to_tuples

from .columns import INT64, block, blocks, ints, texts


def test_each_kind_of_column_has_its_python_type() -> None:
    every = block(
        1,
        integer=IntegerColumn(ints([7])),
        float=FloatColumn(np.array([0.5])),
        decimal=DecimalColumn(ints([1990]), 2),
        boolean=BooleanColumn(np.array([True])),
        timestamp=TimestampColumn(ints([86_400_000_001])),
        date=DateColumn(ints([1])),
        uuid=UuidColumn(np.arange(16, dtype=np.uint8).reshape(1, 16)),
        text=TextColumn(("a", Picked(Pool(["b", "ü"]), ints([1])))),
        choice=PickedColumn(Choices([None, ("x",)]), ints([1])),
        object=ObjectColumn([{"a": 1}]),
    )
    (row,) = to_rows(every)
    assert row == {
        "integer": 7,
        "float": 0.5,
        "decimal": Decimal("19.90"),
        "boolean": True,
        "timestamp": datetime(1970, 1, 2, 0, 0, 0, 1, tzinfo=UTC),
        "date": date(1970, 1, 2),
        "uuid": "00010203-0405-0607-0809-0a0b0c0d0e0f",
        "text": "aü",
        "choice": ("x",),
        "object": {"a": 1},
    }
    assert type(row["boolean"]) is bool
    assert str(row["decimal"]) == "19.90"


def text_of(part: TextPart, row: int) -> str:
    match part:
        case str():
            return part
        case Picked():
            return part.pool.words[int(part.indices[row])]
        case Slices():
            return bytes(part.buffer[part.start[row] : part.start[row] + part.size[row]]).decode()
        case _:
            return bytes(part[row]).decode()


@given(st.integers(0, 5).flatmap(lambda rows: st.tuples(st.just(rows), texts(rows))))
def test_a_text_is_its_parts_even_when_words_hold_the_separator(example: tuple[int, tuple[TextPart, ...]]) -> None:
    rows, parts = example
    expected = ["".join(text_of(part, row) for part in parts) for row in range(rows)]
    assert to_python(TextColumn(parts), rows) == expected


@given(st.lists(INT64, max_size=5), st.integers(0, 18))
def test_decimals_are_exact_whatever_the_scripts_context(values: list[int], scale: int) -> None:
    with localcontext(prec=2):
        found = to_python(DecimalColumn(ints(values), scale), len(values))
    assert [str(value) for value in found] == [str(Decimal(value).scaleb(-scale)) for value in values]


@given(blocks())
def test_nulls_are_none_in_every_kind_of_column(example: Block) -> None:
    rows = to_rows(example)
    assert len(rows) == example.rows
    assert all(tuple(row) == example.names for row in rows)
    for name, column in example:
        null = null_rows(column)
        missing = [False] * example.rows if null is None else null.tolist()
        assert [row[name] is None for row in rows] == missing


def test_what_the_arrays_hold_under_null_is_ignored() -> None:
    null = np.array([True, False])
    wild = ints([2**62, 0])
    columns = (
        TimestampColumn(wild, null=null),
        DateColumn(wild, null=null),
        DecimalColumn(wild, 2, null=null),
        TextColumn((Picked(Pool(["a"]), wild),), null=null),
        TextColumn((Picked(Pool(["a"]), wild), "b"), null=null),
        PickedColumn(Choices(["a"]), wild, null=null),
    )
    for column in columns:
        first, second = to_python(column, 2)
        assert first is None
        assert second is not None


@pytest.mark.parametrize("column", [TimestampColumn(ints([2**62])), DateColumn(ints([-(2**40)]))])
def test_a_time_that_python_can_not_hold_is_an_error_with_the_field(column: TimestampColumn | DateColumn) -> None:
    with pytest.raises(GenerationError, match="1 to 9999") as caught:
        to_rows(block(1, born=column))
    assert caught.value.where == {"field": "born"}


def test_each_row_owns_its_copy_of_a_choice_that_can_be_changed() -> None:
    choices = Choices([{"tags": ["a"]}])
    first, second = to_python(PickedColumn(choices, ints([0, 0])), 2)
    first["tags"].append("b")
    assert second == {"tags": ["a"]}
    assert choices.values == ({"tags": ["a"]},)


def test_field_names_may_be_anything() -> None:
    names = ("class", "with space", "it's", '"', "\\", "{x}", "\n", "ü")
    columns = tuple(IntegerColumn(ints([at])) for at in range(len(names)))
    assert to_rows(Block(names, columns, 1)) == [dict(zip(names, range(len(names)), strict=True))]


def test_a_block_without_fields_is_empty_dictionaries() -> None:
    assert to_rows(Block((), (), 2)) == [{}, {}]


@given(blocks())
def test_tuples_hold_the_values_of_the_rows(block: Block) -> None:
    assert to_tuples(block) == [tuple(row.values()) for row in to_rows(block)]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        to_rows(block(2, n=IntegerColumn(ints([1, 2]))))
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
