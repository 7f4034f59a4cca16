"""Locales of a template and of its fields: one, several by weight, and what stands in for one that is not there."""

from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.locales import locale_mix
from dm_mcp.generation.vocabulary import vocabulary
from tests.generation.templates import compiled, field, rows

NAMES = [field("first_name", "first_name"), field("last_name", "last_name"), field("email", "email")]


def is_japanese(text: str) -> bool:
    return any(char > "\u3000" for char in text)


@pytest.mark.parametrize("written", ["de_DE", "de-DE", "de_de", "DE-de", "de"])
def test_a_locale_may_be_written_in_several_ways(written: str) -> None:
    assert locale_mix(written).locales[0] in ("de_DE", "de")


def test_a_field_may_have_a_locale_of_its_own() -> None:
    made = rows(compiled({**NAMES[0], "locale": "ja_JP"}, NAMES[1]), 50)
    assert all(is_japanese(row["first_name"]) and not is_japanese(row["last_name"]) for row in made)


def test_in_a_mix_each_row_is_of_one_locale_by_weight() -> None:
    data: Any = {"de_DE": 3, "ja_JP": 1}
    made = rows(compiled(*NAMES, locale=data), 4000)
    japanese = [row for row in made if is_japanese(row["first_name"])]
    assert 850 < len(japanese) < 1150
    assert all(is_japanese(row["last_name"]) == is_japanese(row["first_name"]) for row in made)
    assert len({row["email"] for row in made}) == 4000


def test_a_row_of_a_mix_is_that_of_its_locale_alone() -> None:
    data: Any = {"de_DE": 1, "fr_FR": 1}
    german, french = (rows(compiled(*NAMES, locale=locale), 200) for locale in ("de_DE", "fr_FR"))
    for row, one, other in zip(rows(compiled(*NAMES, locale=data), 200), german, french, strict=True):
        assert row in (one, other)


def test_numbers_are_the_same_in_every_mix() -> None:
    data: Any = {"de_DE": 1, "fr_FR": 1}
    assert rows(compiled(field("n", "number"), locale=data), 50) == rows(compiled(field("n", "number")), 50)


def test_a_missing_locale_falls_back_to_another_of_its_language_and_says_so() -> None:
    made = compiled(NAMES[0], locale="de_XX")
    assert set(vocabulary("de_DE").words("person", "first_name")) >= {row["first_name"] for row in rows(made, 100)}
    assert made.notices == ("There is no locale 'de_XX'; de_DE stands in for it.",)


def test_words_that_a_locale_lacks_are_told() -> None:
    city, street = field("city", "city"), field("street", "street")
    assert compiled(NAMES[0], city, street, locale="de_LU").notices == (
        "Locale de_LU has no words of its own for address; those of de_DE are used.",
    )
    inside = field("a", "nested", fields=[street])
    assert compiled(inside, locale="de_LU").notices == compiled(street, locale="de_LU").notices


def test_words_that_no_field_needs_are_not_missed() -> None:
    assert compiled(NAMES[0], locale="de_LU").notices == compiled(NAMES[0], locale="de_DE").notices == ()


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        ("qq_QQ", "unknown locale 'qq_QQ'"),
        ("", "unknown locale ''"),
        ({}, "there is no locale in the mix"),
        ({"de_DE": -1}, "weight -1"),
        ({"de_DE": "much"}, "a mix of locales has a number for each"),
        ({"de_DE": 0}, "all weights are zero"),
        (7, "a locale is text"),
    ],
)
def test_a_locale_that_makes_no_sense_is_told(locale: Any, says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        compiled(NAMES[0], locale=locale)
    with pytest.raises(TemplateError, match=says) as caught:
        compiled({**NAMES[0], "locale": locale})
    assert caught.value.where == {"field": "first_name"}


def test_unique_does_not_go_with_a_mix() -> None:
    code = {**field("code", "enum", values=["a", "b"]), "unique": True, "locale": {"de_DE": 1, "fr_FR": 1}}
    assert {row["code"] for row in rows(compiled(code), 2)} == {"a", "b"}
