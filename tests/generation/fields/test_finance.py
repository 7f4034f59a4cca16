"""amount, account_name, account_number, currency_code, currency_name."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dm_mcp.errors import TemplateError
from tests.generation.templates import BLOCK, numbered, values


def test_an_amount_is_exact_and_lies_between_its_ends() -> None:
    made = values("amount", 9000, {"min": "-0.05", "max": 0.05})
    assert set(made) == {Decimal(cents).scaleb(-2) for cents in range(-5, 6)}
    assert {value.as_tuple().exponent for value in made} == {-2}


def test_small_amounts_are_likelier() -> None:
    made = sorted(values("amount", 9000, {"min": 0, "max": 1000}))
    assert made[4500] == pytest.approx(Decimal("186.7"), abs=10)  # x - x ln(x) is a half
    assert made.count(Decimal(0)) < 5


@given(low=st.integers(-(2**52), 2**52), high=st.integers(-(2**52), 2**52), scale=st.integers(0, 9))
@settings(max_examples=25)
def test_any_range_of_fifteen_digits_can_be_asked_for(low: int, high: int, scale: int) -> None:
    low, high = sorted((low, high))
    ends = [Decimal(end).scaleb(-scale) for end in (low, high)]
    made = values("amount", 20, {"min": ends[0], "max": ends[1], "scale": scale})
    assert all(ends[0] <= value <= ends[1] for value in made)


def test_amounts_spread_as_asked_for() -> None:
    made = values(
        "amount", 9000, {"min": 0, "max": 800, "distribution": {"kind": "lognormal", "median": 80, "sigma": 0.5}}
    )
    assert sorted(made)[4500] == pytest.approx(Decimal(80), abs=2)
    assert {value.as_tuple().exponent for value in made} == {-2}


def test_amounts_can_be_numbered_unless_they_are_spread() -> None:
    made = numbered("amount", {"min": "-0.05", "max": 0.05})
    assert made.values == [Decimal(cents).scaleb(-2) for cents in range(-5, 6)]
    assert made.reason == "amounts of 2 decimal places from -0.05 to 0.05"
    assert numbered("amount", {"distribution": {"kind": "uniform"}}).count is None


def test_an_account_has_a_kind_and_a_number() -> None:
    assert "Savings Account" in values("account_name", 500)
    assert all(re.fullmatch(r"\d{10}", text) for text in values("account_number", 100))
    assert all(re.fullmatch(r"\d{18}", text) for text in values("account_number", 100, {"length": 18}))


def test_currencies_are_those_of_iso_4217_in_the_locales_language() -> None:
    assert {"CHF", "EUR", "USD"} <= set(values("currency_code", 3000))
    assert all(re.fullmatch("[A-Z]{3}", code) for code in values("currency_code", 500))
    assert "Swiss franc" in values("currency_name", 3000)
    assert "Schweizer Franken" in values("currency_name", 3000, locale="de_DE")
    assert "Swiss franc" in values("currency_name", 3000, locale="ja_JP")


@pytest.mark.parametrize(
    ("type_name", "options", "reason"),
    [
        ("account_name", {}, "14 kinds of accounts"),
        ("account_number", {"length": 2}, "2 digits"),
        ("currency_code", {}, "currencies"),
        ("currency_name", {}, "currencies"),
    ],
)
def test_they_can_be_numbered(type_name: str, options: dict[str, Any], reason: str) -> None:
    made = numbered(type_name, options)
    assert reason in made.reason
    assert len(set(made.values)) == made.count
    assert set(made.values) == set(values(type_name, 5000, options))


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("amount", {"min": 2, "max": 1}, "min 2 is greater than max 1"),
        ("amount", {"min": "0.001"}, "min 0.001 has more than the 2 decimal places of scale"),
        ("amount", {"max": 10**15}, "has more than 15 digits at scale 2"),
        ("amount", {"distribution": {"kind": "normal", "mean": -999, "sd": 1}}, "option 'distribution': a normal"),
        ("account_number", {"length": 0}, "option 'length' of type 'account_number'"),
        ("account_number", {"length": 19}, "option 'length' of type 'account_number'"),
        ("currency_code", {"country": "DE"}, "unknown option 'country' of type 'currency_code'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize("type_name", ["amount", "account_name", "account_number", "currency_code", "currency_name"])
def test_few_rows_are_the_first_of_many(type_name: str) -> None:
    many = values(type_name, BLOCK + 20)
    assert values(type_name, 20) == many[:20]
    assert many[:20] != many[BLOCK:]
