"""enum."""

from typing import Any

import pytest

from dm_mcp.generation.columns import PickedColumn, TextColumn
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import compiled, values


def test_values_come_by_weight() -> None:
    made = values("enum", 4000, {"values": ["a", "b", "c"], "weights": [1, 3, 0]})
    assert set(made) == {"a", "b"}
    assert 900 < made.count("a") < 1100


@pytest.mark.parametrize(
    ("choices", "column_type"),
    [
        (["a", "b"], ColumnType.TEXT),
        (["a", None], ColumnType.TEXT),
        ([1, 2], ColumnType.INTEGER),
        ([1, 2.5, None], ColumnType.FLOAT),
        ([True, False], ColumnType.BOOLEAN),
        ([True, 1], ColumnType.JSON),
        (["a", 1], ColumnType.JSON),
        ([{"a": 1}], ColumnType.JSON),
        ([None], ColumnType.JSON),
    ],
)
def test_the_column_is_of_the_type_that_all_values_have(choices: list[Any], column_type: ColumnType) -> None:
    options = {"values": choices}
    assert compiled({"name": "e", "type": "enum", "options": options}).schema[0].type == column_type
    made = values("enum", 200, options)
    assert all(value in made for value in choices)


def test_text_alone_makes_a_column_of_text() -> None:
    text, mixed = (
        next(compiled({"name": "e", "type": "enum", "options": {"values": choices}}).blocks(1, 1)).column("e")
        for choices in (["a", "b"], ["a", 1])
    )
    assert isinstance(text, TextColumn)
    assert isinstance(mixed, PickedColumn)
