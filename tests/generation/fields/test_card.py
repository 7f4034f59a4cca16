"""credit_card_number."""

import re
from collections import Counter
from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from tests.generation.templates import BLOCK, numbered, values

FORMS = {
    "visa": r"4\d{15}",
    "mastercard": r"(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}",
    "amex": r"3[47]\d{13}",
    "discover": r"(6011|64[4-9]\d|65\d\d)\d{12}",
    "maestro": r"(5018|5020|5038|6304|6759|676[0-3])\d{12}",
    "jcb": r"35(2[89]|[3-8]\d)\d{12}",
    "diners": r"3(0[0-5]|[689]\d)\d{11}",
    "unionpay": r"62\d{14}",
}


def luhn_is_right(number: str) -> bool:
    doubled = [int(digit) * (2 if i % 2 else 1) for i, digit in enumerate(reversed(number))]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def issuer_of(number: str) -> str:
    (issuer,) = (name for name, form in FORMS.items() if re.fullmatch(form, number))
    return issuer


@pytest.mark.parametrize("issuer", FORMS)
def test_a_card_begins_as_its_issuers_do_and_has_a_right_check_digit(issuer: str) -> None:
    made = values("credit_card_number", 500, {"issuer": issuer})
    assert {issuer_of(number) for number in made} == {issuer}
    assert all(map(luhn_is_right, made))


def test_all_issuers_are_mixed_and_visa_is_most_frequent() -> None:
    made = values("credit_card_number", 5000)
    counts = Counter(map(issuer_of, made))
    assert set(counts) == set(FORMS)
    assert counts["visa"] > 2000
    assert all(map(luhn_is_right, made))


def test_mastercards_begin_with_two_as_often_as_with_five() -> None:
    made = values("credit_card_number", 2000, {"issuer": "mastercard"})
    assert 900 < sum(number.startswith("2") for number in made) < 1100


def test_a_card_can_be_written_in_groups() -> None:
    plain, formatted = values("credit_card_number", 2000), values("credit_card_number", 2000, {"formatted": True})
    assert [text.replace(" ", "") for text in formatted] == plain
    groups = {issuer_of(text.replace(" ", "")): tuple(map(len, text.split(" "))) for text in formatted}
    assert groups.pop("amex") == (4, 6, 5)
    assert groups.pop("diners") == (4, 6, 4)
    assert set(groups.values()) == {(4, 4, 4, 4)}


@pytest.mark.parametrize(
    ("options", "count", "reason"),
    [
        ({"issuer": "visa"}, 10**14, "card numbers of visa"),
        ({"issuer": "amex", "formatted": True}, 2 * 10**12, "card numbers of amex"),
        ({"issuer": "mastercard"}, 10**14, "card numbers of mastercard"),
        ({}, None, "card numbers of all issuers"),
    ],
)
def test_they_can_be_numbered(options: dict[str, Any], count: int | None, reason: str) -> None:
    made = numbered("credit_card_number", options)
    assert made.reason == reason
    assert count in (None, made.count)
    assert len(set(made.values)) == 1000
    assert all(luhn_is_right(number.replace(" ", "")) for number in made.values)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"issuer": "acme"}, "option 'issuer' of type 'credit_card_number'"),
        ({"formatted": 7}, "option 'formatted' of type 'credit_card_number'"),
        ({"network": "visa"}, "unknown option 'network' of type 'credit_card_number'"),
    ],
)
def test_a_wrong_option_is_told(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values("credit_card_number", 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize("options", [{}, {"issuer": "jcb"}])
def test_few_rows_are_the_first_of_many(options: dict[str, Any]) -> None:
    many = values("credit_card_number", BLOCK + 20, options)
    assert values("credit_card_number", 20, options) == many[:20]
    assert many[:20] != many[BLOCK:]
