"""Columns rearranged hold what the same was done to their values gives."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.arrange import concatenated, taken, with_nulls
from dm_mcp.generation.columns import Column, IntegerColumn, Picked, Pool, TextColumn
from dm_mcp.generation.render.values import to_python
from tests.generation.render.columns import columns, ints

ROWS = 4


@given(columns(ROWS), st.lists(st.integers(0, ROWS - 1), max_size=6))
def test_taken_rows_are_the_values_of_these_rows(column: Column, numbers: list[int]) -> None:
    values = to_python(column, ROWS)
    assert to_python(taken(column, ints(numbers)), len(numbers)) == [values[number] for number in numbers]


@given(st.lists(columns(ROWS), min_size=1, max_size=3))
def test_concatenated_columns_hold_the_values_of_all(parts: list[Column]) -> None:
    joined = concatenated(parts, [ROWS] * len(parts))
    expected = [value for part in parts for value in to_python(part, ROWS)]
    assert to_python(joined, len(expected)) == expected


@given(columns(ROWS), st.integers(1, ROWS))
def test_a_column_beside_itself_stays_of_its_kind(column: Column, kept: int) -> None:
    part = taken(column, ints(list(range(kept))))
    joined = concatenated([part, part], [kept, kept])
    assert type(joined) is type(part)


def test_words_of_different_pools_are_put_into_one() -> None:
    one = TextColumn((Picked(Pool(["a", "b"]), ints([1, 0])),))
    other = TextColumn((Picked(Pool(["c"]), ints([0, 0])),))
    joined = concatenated([one, other], [2, 2])
    assert isinstance(joined, TextColumn)
    assert to_python(joined, 4) == ["b", "a", "c", "c"]


def test_more_nulls_join_those_that_are_there() -> None:
    column = IntegerColumn(ints([1, 2, 3]))
    some = replace(column, null=np.array([True, False, False]))
    assert to_python(with_nulls(column, np.array([False, True, False])), 3) == [1, None, 3]
    assert to_python(with_nulls(some, np.array([False, True, False])), 3) == [None, None, 3]
