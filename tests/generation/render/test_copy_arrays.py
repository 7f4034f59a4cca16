"""Lists as PostgreSQL's arrays."""

import struct
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import ValueMismatch
from dm_mcp.generation.columns import Choices, Column, ObjectColumn, PickedColumn
from dm_mcp.generation.render.copy import CopyEncoder, CopyTarget

from . import binary_copy
from .columns import STORABLE, block, ints

TEXT, INT4, NUMERIC = 25, 23, 1700  # oids of pg_type


def arrays(column: Column, type_name: str, rows: int, element: int = TEXT, scale: int | None = None) -> list[Any]:
    """The lists of one column after a round trip."""
    target = CopyTarget("x", type_name, element=element, scale=scale)
    data = CopyEncoder([target], "t").encode(block(rows, x=column), 1)
    return [None if cell is None else elements(cell, type_name, element) for [cell] in binary_copy.fields(bytes(data))]


def elements(data: bytes, type_name: str, oid: int) -> list[Any]:
    """array_recv in src/backend/utils/adt/arrayfuncs.c, for one dimension."""
    dimensions, has_null, element = struct.unpack("!iiI", data[:12])
    assert element == oid
    if not dimensions:
        assert (data[12:], has_null) == (b"", 0)
        return []
    assert dimensions == 1
    size, lower = struct.unpack("!ii", data[12:20])
    assert lower == 1
    row = struct.pack("!h", size) + data[20:]  # the elements are as the fields of a row
    [found] = binary_copy.read(row, [type_name] * size)
    assert has_null == (None in found)
    return found


@given(st.lists(st.none() | st.lists(st.none() | STORABLE, max_size=4), max_size=6))
def test_texts(values: list[Any]) -> None:
    assert arrays(ObjectColumn(values), "text", len(values)) == values


@given(st.lists(st.none() | st.lists(st.none() | st.integers(-(2**31), 2**31 - 1), max_size=4), max_size=6))
def test_integers(values: list[Any]) -> None:
    assert arrays(ObjectColumn(values), "int4", len(values), INT4) == values


def test_numbers_of_any_digits_tuples_and_documents() -> None:
    values = [[Decimal("1.50"), Decimal("-1e30")], (3,)]
    assert arrays(ObjectColumn(values), "numeric", 2, NUMERIC) == [list(value) for value in values]
    assert arrays(ObjectColumn([[{"a": [1]}, [2]]]), "jsonb", 1, 3802) == [[{"a": [1]}, [2]]]


def test_a_choice_of_lists() -> None:
    column = PickedColumn(Choices([["a"], [], None]), ints([1, 0, 2, 0]))
    assert arrays(column, "text", 4) == [[], ["a"], None, ["a"]]


def test_the_largest_oid_fits() -> None:
    assert arrays(ObjectColumn([["a"]]), "enum", 1, 2**32 - 1) == [["a"]]


@pytest.mark.parametrize(
    ("value", "type_name", "reason"),
    [
        ("{a,b}", "text", "a list is expected, not str"),
        ({"a": 1}, "text", "a list is expected, not dict"),
        (["a", ["b"]], "text", "only lists of plain values"),
        ([1, 2**31], "int4", "item 2 of it: it is out of range"),
        (["a", "\0"], "text", "item 2 of it: PostgreSQL's text can't hold a NUL"),
    ],
)
def test_what_an_array_can_not_hold_is_refused_with_its_place(value: Any, type_name: str, reason: str) -> None:
    with pytest.raises(ValueMismatch) as caught:
        CopyEncoder([CopyTarget("x", type_name, element=TEXT)], "t").encode(
            block(4, x=ObjectColumn([None, [], ["1"] if type_name == "int4" else ["a"], value])), 11
        )
    assert reason in caught.value.message
    assert f"{type_name}[]" in caught.value.message
    assert caught.value.where.get("row") == 14
