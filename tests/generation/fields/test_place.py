"""street, city, zip_code, country."""

import re

import pytest

from tests.generation.templates import values


@pytest.mark.parametrize(
    ("type_name", "locale", "form"),
    [
        ("zip_code", "de_DE", r"\d{5}"),
        ("zip_code", "en_US", r"\d{5}"),
        ("zip_code", "en_GB", r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"),
        ("zip_code", "ja_JP", r"\d{3}-\d{4}"),
        ("street", "de_DE", r"[\w.\- /]+ [1-9][\d/-]*"),
        ("street", "en_US", r"[1-9]\d{2,4} [A-Z][A-Za-z']+ [A-Z]\w+( (Apt\.|Suite) \d{3})?"),
        ("street", "ja_JP", r"\D+\d+丁目\d+番\d+号"),
        ("city", "de_DE", r"[A-Z][^\d]+"),
        ("country", "de_DE", r"[A-ZÅÄÖÜ][^\d]+"),
    ],
)
def test_places_have_the_form_of_their_country(type_name: str, locale: str, form: str) -> None:
    wrong = [value for value in values(type_name, 1000, locale=locale) if not re.fullmatch(form, value)]
    assert wrong == []
