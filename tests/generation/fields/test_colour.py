"""colour, emoji."""

import re
from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from tests.generation.templates import BLOCK, numbered, values


@pytest.mark.parametrize(
    ("options", "form"),
    [
        ({}, "#[0-9a-f]{6}"),
        ({"format": "rgb"}, r"rgb\(\d{1,3}, \d{1,3}, \d{1,3}\)"),
        ({"format": "name"}, "[A-Z][A-Za-z]+"),
    ],
)
def test_a_colour_is_written_as_asked_for(options: dict[str, Any], form: str) -> None:
    made = values("colour", 300, options)
    assert all(re.fullmatch(form, text) for text in made)
    assert values("color", 300, options) == made


def test_one_colour_is_the_same_in_hexadecimal_and_decimal() -> None:
    for hexadecimal, rgb in zip(values("colour", 50), values("colour", 50, {"format": "rgb"}), strict=True):
        assert [int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5)] == list(map(int, re.findall(r"\d+", rgb)))


def test_names_of_colours_are_the_locales() -> None:
    assert "Blau" in values("colour", 3000, {"format": "name"}, locale="de_DE")


def test_an_emoji_is_no_letter() -> None:
    made = values("emoji", 500)
    assert not any(char.isalnum() and char.isascii() and char not in "0123456789" for text in made for char in text)
    assert len(set(made)) > 300


@pytest.mark.parametrize(
    ("type_name", "options", "reason"),
    [
        ("colour", {}, "24 bits"),
        ("colour", {"format": "rgb"}, "24 bits"),
        ("colour", {"format": "name"}, "140 names of colours"),
        ("emoji", {}, "emojis"),
    ],
)
def test_they_can_be_numbered(type_name: str, options: dict[str, Any], reason: str) -> None:
    made = numbered(type_name, options)
    assert reason in made.reason
    assert len(set(made.values)) == min(1000, made.count or 0)


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("colour", {"format": "cmyk"}, "option 'format' of type 'colour'"),
        ("emoji", {"mood": "good"}, "unknown option 'mood' of type 'emoji'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize("type_name", ["colour", "emoji"])
def test_few_rows_are_the_first_of_many(type_name: str) -> None:
    many = values(type_name, BLOCK + 20)
    assert values(type_name, 20) == many[:20]
    assert many[:20] != many[BLOCK:]
