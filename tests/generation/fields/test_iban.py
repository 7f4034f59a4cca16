"""iban, and the accounts that countries have."""

from typing import Any

import numpy as np
import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.fields.bban import STRUCTURES
from dm_mcp.generation.fields.bban_check import CHECKS
from tests.generation.templates import BLOCK, numbered, values

LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
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


EXAMPLES = (
    "BA391290079401028494",
    "BE68539007547034",
    "EE382200221020145685",
    "ES9121000418450200051332",
    "FI2112345600000785",
    "FR7630006000011234567890189",
    "IT60X0542811101000000123456",
    "MC5811222000010123456789030",
    "ME25505000012345678951",
    "MK07250120000058984",
    "NO9386011117947",
    "PL61109010140000071219812874",
    "PT50000201231234567890154",
    "RS35260005601001611379",
    "SI56263300012039086",
    "SM86U0322509800000000270100",
    "TL380080012345678910157",
    "XK051212012345678906",
)


@pytest.mark.parametrize("iban", EXAMPLES, ids=lambda iban: iban[:2])
def test_the_national_check_digits_of_the_registrys_examples_are_found_again(iban: str) -> None:
    assert remainder(iban) == 1
    check = CHECKS[iban[:2]]
    account = np.array([list(iban[4:].encode())], np.uint8)
    account[:, list(check.columns)] = ord("0")
    check.write(account)
    assert account.tobytes().decode() == iban[4:]


def test_every_national_check_has_an_example() -> None:
    assert {iban[:2] for iban in EXAMPLES} == set(CHECKS)


def test_norwegian_accounts_have_a_last_digit_though_a_sum_may_leave_ten() -> None:
    for iban in values("iban", 3000, {"country": "NO"}):
        weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
        assert sum(int(digit) * weight for digit, weight in zip(iban[4:], weights, strict=True)) % 11 == 0


def test_letters_stand_where_the_structure_has_them() -> None:
    for iban in values("iban", 100, {"country": "MU"}):
        assert iban[4:8].isalpha()
        assert iban[-3:].isalpha()
        assert iban[8:-3].isdigit()


def test_an_iban_can_be_written_in_groups_of_four() -> None:
    plain = values("iban", 50, {"country": "FR"})
    formatted = values("iban", 50, {"country": "FR", "formatted": True})
    assert [text.replace(" ", "") for text in formatted] == plain
    for text in formatted:
        assert [len(group) for group in text.split(" ")] == [4, 4, 4, 4, 4, 4, 3]


@pytest.mark.parametrize("country", sorted(STRUCTURES))
def test_ibans_can_be_numbered(country: str) -> None:
    made = numbered("iban", {"country": country})
    assert len(set(made.values)) == 1000
    assert {remainder(iban) for iban in made.values} == {1}
    assert f"free characters in an account number of {country}" in made.reason


@pytest.mark.parametrize(("country", "count"), [("NO", 9 * 10**9), ("BE", 10**10), ("NL", 8 * 10**10), ("FI", 10**13)])
def test_check_digits_make_no_more_ibans(country: str, count: int) -> None:
    assert numbered("iban", {"country": country}).count == count


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"country": "US"}, "country 'US' has no iban here"),
        ({"country": 5}, "option 'country' of type 'iban'"),
        ({"formatted": "yes please"}, "option 'formatted' of type 'iban'"),
    ],
)
def test_a_wrong_option_is_told(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values("iban", 1, options)
    assert says in caught.value.message


def test_few_rows_are_the_first_of_many() -> None:
    many = values("iban", BLOCK + 20)
    assert values("iban", 20) == many[:20]
    assert many[:20] != many[BLOCK:]
