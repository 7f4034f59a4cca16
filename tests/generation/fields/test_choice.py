"""enum."""

from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.columns import PickedColumn, TextColumn
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import compiled, numbered, values


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


def test_an_enum_may_be_called_custom() -> None:
    options = {"values": ["a", "b"], "weights": [1, 2]}
    assert values("Custom", 100, options) == values("enum", 100, options)


@pytest.mark.parametrize(
    ("options", "different"),
    [
        ({"values": ["a", "b", "a"]}, ["a", "b"]),
        ({"values": ["a", "b", "c"], "weights": [1, 0, 1]}, ["a", "c"]),
        ({"values": [1, 1.0, True, None, None]}, [1, True, None]),
        ({"values": [{"a": 1, "b": 2}, {"b": 2, "a": 1}, [1], []]}, [{"a": 1, "b": 2}, [1], []]),
    ],
)
def test_different_values_can_be_numbered(options: dict[str, Any], different: list[Any]) -> None:
    made = numbered("enum", options)
    assert made.values == different
    assert [type(value) for value in made.values] == [type(value) for value in different]
    assert (made.count, made.reason) == (len(different), f"{len(different)} different values")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "option 'values' of type 'enum' is missing"),
        ({"values": []}, "option 'values' of type 'enum'"),
        ({"values": [1, 2], "weights": [1]}, "there are 1 weights for 2 values"),
        ({"values": [1, 2], "weights": [0, 0]}, "all weights are zero"),
    ],
)
def test_a_wrong_option_is_told(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values("enum", 1, options)
    assert says in caught.value.message
