"""Text columns as Python strings: few rows are joined one by one, many all at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import GenerationError
from dm_mcp.generation.arrange import taken
from dm_mcp.generation.as_text import text_parts
from dm_mcp.generation.columns import TextColumn, TextPart, UuidColumn
from dm_mcp.generation.render.strings import strings

from .columns import ints, n, texts

MANY = 200


@given(st.integers(1, 5).flatmap(lambda rows: st.tuples(st.just(rows), texts(rows), n(st.booleans(), rows))))
def test_many_rows_read_as_few_do(example: tuple[int, tuple[TextPart, ...], list[bool]]) -> None:
    rows, parts, null = example
    column = TextColumn(parts, null=np.array(null))
    numbers = [number % rows for number in range(MANY)]
    tiled = TextColumn(text_parts(taken(TextColumn(parts), ints(numbers)), MANY), null=np.array(null)[numbers])
    few, many = strings(column, rows), strings(tiled, MANY)
    assert [text for text, number in zip(many, numbers, strict=True) if not null[number]] == [
        few[number] for number in numbers if not null[number]
    ]


def test_uuids_read_alike_in_any_number() -> None:
    values = np.arange(MANY * 16, dtype=np.uint64).astype(np.uint8).reshape(MANY, 16)
    many = strings(UuidColumn(values), MANY)
    assert many[1] == "10111213-1415-1617-1819-1a1b1c1d1e1f"
    assert strings(UuidColumn(values[:3]), 3) == many[:3]


@pytest.mark.parametrize("rows", [1, MANY])
def test_half_of_a_surrogate_pair_is_an_error_in_any_number(rows: int) -> None:
    with pytest.raises(GenerationError, match="surrogate"):
        strings(TextColumn(("\ud800",)), rows)


def test_a_text_that_holds_the_separator_is_kept_among_many() -> None:
    column = TextColumn(("a\0", "b"))
    assert strings(column, MANY) == ["a\0b"] * MANY
