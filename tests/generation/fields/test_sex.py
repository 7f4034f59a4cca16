"""sex, gender."""

from collections import Counter
from typing import Any

import pytest

from dm_mcp.generation.vocabulary import vocabulary
from tests.generation.templates import compiled, rows, values

SEX = {"name": "sex", "type": "sex"}
FIRST = {"name": "first", "type": "first_name"}


def names(locale: str, sex: str) -> set[str]:
    return set(vocabulary(locale).words("person", f"first_name_{sex}"))


@pytest.mark.parametrize("locale", ["de_DE", "en_US", "fr_FR", "ja_JP", "pl_PL", "pt_BR"])
def test_the_sex_is_that_of_the_first_name(locale: str) -> None:
    for row in rows(compiled(SEX, FIRST, locale=locale), 2000):
        assert row["first"] in names(locale, row["sex"])


def test_a_name_that_both_have_gives_either() -> None:
    both = sorted(names("en_US", "female") & names("en_US", "male"))
    made = Counter(row["sex"] for row in rows(compiled(SEX, FIRST), 2000, overrides={"first": both[0]}))
    assert 900 < made["female"] < 1100
    assert made["female"] + made["male"] == 2000


def test_first_names_of_one_sex_are_of_that_sex_even_where_both_have_them() -> None:
    women = {**FIRST, "options": {"sex": "female"}}
    assert {row["sex"] for row in rows(compiled(SEX, women, locale="en_US"), 2000)} == {"female"}


def test_an_overridden_name_is_followed() -> None:
    made = compiled(SEX, FIRST, locale="de_DE")
    assert {row["sex"] for row in rows(made, 50, overrides={"first": "Heinrich"})} == {"male"}
    assert {row["sex"] for row in rows(made, 50, overrides={"first": "Xyzzy"})} == {"female", "male"}


@pytest.mark.parametrize("locale", ["de_DE", "en_US", "ja_JP"])
def test_without_a_first_name_the_whole_name_tells(locale: str) -> None:
    only = {sex: names(locale, sex) - names(locale, other) for sex, other in (("female", "male"), ("male", "female"))}
    for row in rows(compiled(SEX, {"name": "whole", "type": "name"}, locale=locale), 1000):
        pieces = [piece for piece in row["whole"].split() if piece in only["female"] | only["male"]]
        first = pieces[-1 if locale == "ja_JP" else 0] if pieces else None
        assert first is None or first in only[row["sex"]]


def test_people_of_two_groups_have_a_sex_each() -> None:
    fields = [{"name": f"{who}_{kind}", "type": kind} for who in ("a", "b") for kind in ("sex", "first_name")]
    for row in rows(compiled(*fields, locale="de_DE"), 300):
        assert all(row[f"{who}_first_name"] in names("de_DE", row[f"{who}_sex"]) for who in ("a", "b"))


def test_alone_either_is_as_likely() -> None:
    made = Counter(values("sex", 4000))
    assert set(made) == {"female", "male"}
    assert 1880 < made["female"] < 2120


def test_it_may_be_a_letter() -> None:
    assert set(values("sex", options={"format": "letter"})) == {"F", "M"}
    assert set(values("gender", options={"format": "letter"})) == {"F", "M", "X"}


@pytest.mark.parametrize(
    ("options", "low", "high"), [({}, 60, 140), ({"other": 0.5}, 2380, 2620), ({"other": 0}, 0, 0)]
)
def test_a_gender_is_the_sex_but_for_a_few(options: dict[str, Any], low: int, high: int) -> None:
    gender = {"name": "gender", "type": "gender", "options": options}
    made = rows(compiled(gender, SEX, FIRST, locale="en_US"), 5000)
    assert low <= sum(row["gender"] == "non-binary" for row in made) <= high
    assert all(row["gender"] in ("non-binary", row["sex"]) for row in made)


def test_another_field_about_a_person_changes_no_name() -> None:
    alone = [row["first"] for row in rows(compiled(FIRST), 100)]
    assert alone == [row["first"] for row in rows(compiled(SEX, FIRST, {"name": "g", "type": "gender"}), 100)]
