"""JSON lines and arrays."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    Choices,
    Column,
    DateColumn,
    FloatColumn,
    IntegerColumn,
    ObjectColumn,
    PickedColumn,
    TextColumn,
    TimestampColumn,
)
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.render.json_lines import json_array, json_lines
from dm_mcp.generation.render.values import to_rows

from .columns import as_json, block, blocks, ints


def loads(text: bytes) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@given(blocks())
def test_lines_say_what_the_dictionaries_say(example: Block) -> None:
    lines = bytes(json_lines(example)).split(b"\n")
    assert lines.pop() == b""
    assert [loads(line) for line in lines] == [as_json(row) for row in to_rows(example)]


@given(st.lists(blocks(), max_size=3))
def test_an_array_holds_the_rows_of_all_blocks(examples: list[Block]) -> None:
    whole = b"".join(json_array(examples, Rendering(())))
    assert loads(whole) == [as_json(row) for example in examples for row in to_rows(example)]


def test_a_line_is_compact_and_escapes_only_what_it_must() -> None:
    example = block(
        2,
        **{
            'na"me': TextColumn(('Zoë "Z" \\ \n\x01',)),
            "at": TimestampColumn(ints([1_767_225_600_000_000, 1_767_225_600_500_000])),
            "day": DateColumn(ints([20_454, 0]), null=np.array([False, True])),
        },
    )
    assert bytes(json_lines(example)).decode().splitlines() == [
        r'{"na\"me":"Zoë \"Z\" \\ \n\u0001","at":"2026-01-01T00:00:00Z","day":"2026-01-01"}',
        r'{"na\"me":"Zoë \"Z\" \\ \n\u0001","at":"2026-01-01T00:00:00.500000Z","day":null}',
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1e6, 1e6).map(lambda f: round(f, 2))))
def test_floats_come_back_as_the_same_floats(values: list[float]) -> None:
    found = [
        json.loads(line)["x"]
        for line in bytes(json_lines(block(len(values), x=FloatColumn(np.array(values, np.float64))))).splitlines()
    ]
    assert list(map(repr, found)) == list(map(repr, values))


def test_a_decimal_at_the_top_keeps_all_its_digits() -> None:
    value = Decimal("12345678901234567890.123456789")
    assert bytes(json_lines(block(1, x=ObjectColumn([value])))) == b'{"x":12345678901234567890.123456789}\n'


def test_values_inside_dictionaries_are_written_as_at_the_top() -> None:
    value = {"at": datetime(2026, 1, 1, tzinfo=UTC), "price": Decimal("19.90"), "count": Decimal(3), "n": np.int64(4)}
    line = bytes(json_lines(block(1, x=ObjectColumn([value]))))
    assert line == b'{"x":{"at":"2026-01-01T00:00:00Z","price":19.9,"count":3,"n":4}}\n'


@pytest.mark.parametrize(
    "column",
    [
        FloatColumn(np.array([0.5, np.nan])),
        ObjectColumn([0.5, float("inf")]),
        ObjectColumn([1, {"x": float("nan")}]),
        ObjectColumn([1, Decimal("NaN")]),
        ObjectColumn([1, {"x": Decimal("Infinity")}]),
        ObjectColumn([1, {"x": Decimal("0.1234567890123456789")}]),
        ObjectColumn(["a", "\ud800"]),
        ObjectColumn(["a", object()]),
        ObjectColumn([b"a", 1]),
        TextColumn(("\ud800",)),
        TimestampColumn(ints([0, 2**62])),
        PickedColumn(Choices([1, float("nan")]), ints([0, 1])),
    ],
)
def test_what_json_can_not_hold_is_an_error_with_the_field(column: Column) -> None:
    with pytest.raises(GenerationError) as caught:
        json_lines(block(2, a=IntegerColumn(ints([1, 2])), broken=column))
    assert caught.value.where == {"field": "broken"}
    assert caught.value.message.endswith(".")


def test_a_choice_that_json_can_not_hold_is_no_error_until_it_is_picked() -> None:
    choices = Choices([1, float("nan")])
    assert bytes(json_lines(block(2, x=PickedColumn(choices, ints([0, 0]))))) == b'{"x":1}\n{"x":1}\n'


def test_nan_under_null_is_null() -> None:
    column = FloatColumn(np.array([np.nan, 1.5]), null=np.array([True, False]))
    assert bytes(json_lines(block(2, x=column))) == b'{"x":null}\n{"x":1.5}\n'
