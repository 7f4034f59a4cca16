"""ean, isbn, and their check digits."""

import re
from typing import Any

import numpy as np
import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.columns import Bytes
from dm_mcp.generation.fields.check_digits import gs1, isbn_10, luhn
from tests.generation.templates import BLOCK, numbered, values


def gtin_is_right(text: str) -> bool:
    return sum(int(char) * (3 if i % 2 else 1) for i, char in enumerate(reversed(text))) % 10 == 0


def isbn_10_is_right(text: str) -> bool:
    return sum((10 - i) * (10 if char == "X" else int(char)) for i, char in enumerate(text)) % 11 == 0


def ascii_digits(text: str) -> Bytes:
    return np.frombuffer(text.encode(), np.uint8)[None, :]


@pytest.mark.parametrize(
    ("check", "known"),
    [
        (gs1, "4006381333931"),
        (gs1, "73513537"),
        (gs1, "9780198534532"),
        (isbn_10, "0198534531"),
        (isbn_10, "080442957X"),
        (luhn, "4111111111111111"),
        (luhn, "378282246310005"),
        (luhn, "79927398713"),
    ],
)
def test_the_check_digits_of_known_numbers_are_found_again(check: Any, known: str) -> None:
    assert chr(check(ascii_digits(known[:-1]))[0]) == known[-1]


@pytest.mark.parametrize("options", [{}, {"length": 8}, {"prefix": "400"}, {"length": 8, "prefix": "2"}])
def test_eans_have_their_length_prefix_and_check_digit(options: dict[str, Any]) -> None:
    made = values("ean", 500, options)
    assert {len(text) for text in made} == {options.get("length", 13)}
    assert all(text.startswith(options.get("prefix", "")) and gtin_is_right(text) for text in made)


def test_isbns_have_right_check_digits() -> None:
    assert all(re.fullmatch(r"978[01]\d{9}", text) and gtin_is_right(text) for text in values("isbn", 500))
    tens = values("isbn", 500, {"length": 10})
    assert all(re.fullmatch(r"[01]\d{8}[\dX]", text) and isbn_10_is_right(text) for text in tens)
    assert any(text.endswith("X") for text in tens)


def test_isbns_have_their_hyphens_where_the_agency_has_them() -> None:
    plain, formatted = values("isbn", 2000), values("isbn", 2000, {"formatted": True})
    assert [text.replace("-", "") for text in formatted] == plain
    for text in formatted:
        prefix, group, registrant, title, check = text.split("-")
        assert (len(prefix), len(group), len(check), len(registrant) + len(title)) == (3, 1, 1, 8)
        if group == "0":
            assert (registrant < "20") == (len(registrant) == 2)
    tens = values("isbn", 200, {"length": 10, "formatted": True})
    assert [text[:-1] for text in tens] == [text[4:-1] for text in formatted[:200]]


def test_isbns_are_numbered_from_the_first_of_group_0_to_the_last_of_group_1() -> None:
    made = numbered("isbn", {"formatted": True}).values
    assert (made[0], made[-1][:-1]) == ("978-0-00-000000-2", "978-1-9999999-9-")


@pytest.mark.parametrize(
    ("type_name", "options", "count", "reason"),
    [
        ("ean", {}, 10**12, "12 free digits"),
        ("ean", {"prefix": "4006381333"}, 100, "2 free digits"),
        ("ean", {"length": 8, "prefix": "1234567"}, 1, "0 free digits"),
        ("isbn", {}, 2 * 10**8, "8 free digits in 2 groups"),
        ("isbn", {"length": 10, "formatted": True}, 2 * 10**8, "8 free digits in 2 groups"),
    ],
)
def test_they_can_be_numbered(type_name: str, options: dict[str, Any], count: int, reason: str) -> None:
    made = numbered(type_name, options)
    assert (made.count, made.reason) == (count, reason)
    assert len(set(made.values)) == min(count, 1000)


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("ean", {"length": 12}, "option 'length' of type 'ean'"),
        ("ean", {"prefix": "4x"}, "option 'prefix' of type 'ean'"),
        ("ean", {"length": 8, "prefix": "12345678"}, "prefix '12345678' leaves no room for a check digit in 8 digits"),
        ("isbn", {"length": 12}, "option 'length' of type 'isbn'"),
        ("isbn", {"hyphens": True}, "unknown option 'hyphens' of type 'isbn'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize("type_name", ["ean", "isbn"])
def test_few_rows_are_the_first_of_many(type_name: str) -> None:
    many = values(type_name, BLOCK + 20)
    assert values(type_name, 20) == many[:20]
    assert many[:20] != many[BLOCK:]
