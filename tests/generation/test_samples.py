"""Examples of field types."""

import json

import pytest

from dm_mcp.generation.registry import field_types
from dm_mcp.generation.samples import sample

USUAL = ("amount", "date", "derived", "email", "enum", "faker", "first_name", "iban", "number", "uuid", "words")


@pytest.mark.parametrize("name", USUAL)
def test_an_example_makes_values_and_the_same_ones_again(name: str) -> None:
    found = sample(name, 4)
    assert len([json.loads(value) for value in found.values]) == 4
    assert sample(name, 2).values == found.values[:2]


NEED_MORE = {"api_response", "db_response", "python"}
"""Types whose values hang on a run, or on code."""


@pytest.mark.parametrize("name", list(field_types()))
def test_every_type_has_an_example_or_none_and_never_an_error(name: str) -> None:
    assert len(sample(name).values) == (0 if name in NEED_MORE else 3)


def test_options_are_those_of_the_description() -> None:
    assert sample("number").options == {"min": 18, "max": 99}
    assert all(18 <= json.loads(value) <= 99 for value in sample("number").values)
    assert sample("uuid").options == {}


def test_fields_that_the_options_name_stand_beside() -> None:
    assert " " in json.loads(sample("derived").values[0])
