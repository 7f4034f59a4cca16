"""iban, amount."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dm_mcp.generation.fields.bban import STRUCTURES
from tests.generation.templates import numbered, values

LENGTHS = {
    "AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22,
    "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24,
}  # fmt: skip


def remainder(iban: str) -> int:
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97


@pytest.mark.parametrize("country", sorted(STRUCTURES))
def test_every_iban_has_its_countrys_length_and_right_check_digits(country: str) -> None:
    made = values("iban", 500, {"country": country.lower()})
    assert len(set(made)) == 500
    assert {len(iban) for iban in made} == {LENGTHS[country]}
    assert {iban[:2] for iban in made} == {country}
    assert {remainder(iban) for iban in made} == {1}
    assert all("02" <= iban[2:4] <= "98" for iban in made)


def test_the_check_digits_of_known_ibans_are_found_again() -> None:
    for iban in ("DE89370400440532013000", "GB29NWBK60161331926819", "NL91ABNA0417164300"):
        assert remainder(iban) == 1


@pytest.mark.parametrize(
    ("locale", "country"), [("de_AT", "AT"), ("en_GB", "GB"), ("fr_FR", "FR"), ("en_US", "DE"), ("ja_JP", "DE")]
)
def test_the_country_is_the_locales_or_else_germany(locale: str, country: str) -> None:
    assert {iban[:2] for iban in values("iban", 20, locale=locale)} == {country}


def test_belgian_accounts_end_in_their_own_check_digits() -> None:
    for iban in ["BE68539007547034", *values("iban", 300, {"country": "BE"})]:
        assert int(iban[14:]) == (int(iban[4:14]) % 97 or 97)


def test_french_accounts_end_in_their_key() -> None:
    for iban in ["FR7630006000011234567890189", *values("iban", 300, {"country": "FR"})]:
        bank, branch, account, key = int(iban[4:9]), int(iban[9:14]), int(iban[14:25]), int(iban[25:])
        assert (89 * bank + 15 * branch + 3 * account + key) % 97 == 0


def test_spanish_accounts_have_their_control_digits() -> None:
    def control(digits: str) -> str:
        weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
        rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        return str({10: 1, 11: 0}.get(rest, rest))

    for iban in ["ES9121000418450200051332", *values("iban", 300, {"country": "ES"})]:
        assert iban[12:14] == control("00" + iban[4:12]) + control(iban[14:])


def test_italian_accounts_begin_with_their_control_letter() -> None:
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    for iban in ["IT60X0542811101000000123456", *values("iban", 300, {"country": "IT"})]:
        digits = [int(char) for char in iban[5:]]
        assert ord(iban[4]) - 65 == (sum(odd[digit] for digit in digits[::2]) + sum(digits[1::2])) % 26


def test_polish_banks_end_in_their_check_digit() -> None:
    for iban in ["PL61109010140000071219812874", *values("iban", 300, {"country": "PL"})]:
        weights = (3, 9, 7, 1, 3, 9, 7, 1)
        assert sum(int(digit) * weight for digit, weight in zip(iban[4:12], weights, strict=True)) % 10 == 0


def test_an_amount_is_exact_and_lies_between_its_ends() -> None:
    made = values("amount", 9000, {"min": "-0.05", "max": 0.05})
    assert set(made) == {Decimal(cents).scaleb(-2) for cents in range(-5, 6)}
    assert {value.as_tuple().exponent for value in made} == {-2}


def test_small_amounts_are_likelier() -> None:
    made = sorted(values("amount", 9000, {"min": 0, "max": 800}))
    assert made[4500] == pytest.approx(Decimal(100), abs=10)  # half in the lowest eighth


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
