"""password, avatar."""

import re
import string
from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from tests.generation.templates import BLOCK, numbered, values


@pytest.mark.parametrize("length", [4, 14, 128])
def test_a_password_has_characters_of_every_class(length: int) -> None:
    for text in values("password", 500, {"length": length}):
        assert len(text) == length
        assert set(text) & set(string.ascii_lowercase)
        assert set(text) & set(string.ascii_uppercase)
        assert set(text) & set(string.digits)
        assert set(text) - set(string.ascii_letters + string.digits)


def test_a_class_may_stand_anywhere_in_a_password() -> None:
    made = values("password", 2000, {"length": 4})
    for column in range(4):
        assert 400 < sum(text[column].isdigit() for text in made) < 600


def test_avatars_are_pictures_that_are_not_there() -> None:
    assert all(re.fullmatch(r"https://avatars\.example/[0-9a-f]{15}\.png", text) for text in values("avatar", 200))
    made = numbered("avatar")
    assert (made.count, made.reason, len(set(made.values))) == (16**15, "15 hexadecimal digits", 1000)


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("password", {"length": 3}, "option 'length' of type 'password'"),
        ("password", {"length": 129}, "option 'length' of type 'password'"),
        ("avatar", {"size": 64}, "unknown option 'size' of type 'avatar'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize("type_name", ["password", "avatar"])
def test_few_rows_are_the_first_of_many(type_name: str) -> None:
    many = values(type_name, BLOCK + 20)
    assert values(type_name, 20) == many[:20]
    assert many[:20] != many[BLOCK:]
