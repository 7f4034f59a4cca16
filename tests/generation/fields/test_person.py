"""first_name, last_name, name, email, phone, and which of them number their values."""

import re
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.overrides import CallableOverride, PickFrom
from dm_mcp.generation.registry import FieldType, Place, find_type
from dm_mcp.generation.render.values import to_python
from tests.generation.templates import BLOCK, compiled, rows, values

NAMES: list[dict[str, Any]] = [{"name": "first", "type": "first_name"}, {"name": "last", "type": "last_name"}]
EMAIL = {"name": "email", "type": "email"}


@pytest.mark.parametrize("sex", ["female", "male"])
def test_a_first_name_can_be_of_one_sex(sex: str) -> None:
    known = set(getattr(import_module("faker.providers.person.de_DE").Provider, f"first_names_{sex}"))
    assert set(values("first_name", options={"sex": sex}, locale="de_DE")) <= known


def test_frequent_names_come_more_often() -> None:
    made = values("last_name", 20_000)
    assert made.count("Smith") > 3 * made.count("Hoffman") > 0


def test_a_phone_number_has_a_form_of_the_locale() -> None:
    assert all(re.fullmatch(r"[+\d() ]{9,20}", value) for value in values("phone", locale="de_DE"))
    assert all(re.fullmatch(r"\(?[2-9]\d\d\)?-?[2-9]\d\d-?\d{4}", value) for value in values("phone"))


def test_an_email_is_made_of_the_names_of_its_row() -> None:
    made = rows(compiled(EMAIL, *NAMES, locale="en_US"), 500)
    for number, row in enumerate(made, 1):
        local, domain = row["email"].split("@")
        assert domain in ("example.com", "example.net", "example.org")
        assert local == f"{row['first']}.{row['last']}{number}".lower().replace(" ", "-").replace("'", "")


def test_emails_are_all_different_over_blocks() -> None:
    made = [row["email"] for row in rows(compiled(*NAMES, EMAIL), 2 * BLOCK + 100)]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    "overrides",
    [
        {"first": "Zoë", "last": "Weiß 1"},
        {"first": "", "last": None},
        {"first": PickFrom(["a1", "a"]), "last": PickFrom(["", None, "b", "b1"])},
        {"first": CallableOverride(lambda row: 7), "last": CallableOverride(lambda row: f"{row['first']} 김")},
    ],
)
def test_emails_follow_overridden_names_and_stay_different(overrides: dict[str, Any]) -> None:
    made = [row["email"] for row in rows(compiled(*NAMES, EMAIL), 300, overrides=overrides)]
    assert len(set(made)) == 300
    assert all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*@example\.(com|net|org)", email) for email in made)


def test_the_email_of_a_row_without_a_name_is_made_of_what_is_left() -> None:
    made = rows(compiled({**NAMES[0], "optional": 0.5}, NAMES[1], EMAIL), 200)
    for number, row in enumerate(made, 1):
        first = f"{row['first'].lower()}." if row["first"] else ""
        assert row["email"].startswith(f"{first}{row['last'].lower()}{number}@".replace("'", ""))


def test_an_email_follows_a_whole_name_where_that_is_all_there_is() -> None:
    made = rows(compiled({"name": "whole", "type": "name"}, EMAIL, locale="de_DE"), 300)
    assert len({row["email"] for row in made}) == 300
    for row in made:
        assert re.fullmatch(r"[a-z-]+(\.[a-z-]+)+\d+", row["email"].split("@")[0])


def test_an_email_without_names_beside_it_has_names_of_its_own() -> None:
    made = values("email", 300)
    assert all(re.fullmatch(r"[a-z-]+\.[a-z-]+\d+@example\.\w+", email) for email in made)
    assert len({email.split(".")[0] for email in made}) > 100


@pytest.mark.parametrize("locale", ["ja_JP", "zh_CN", "ar_SA", "ta_IN", "ru_RU"])
def test_an_email_is_plain_ascii_in_every_script(locale: str) -> None:
    made = [row["email"] for row in rows(compiled(*NAMES, EMAIL, locale=locale), 200)]
    assert all(re.fullmatch(r"[a-z-]+\.[a-z-]+\d+@example\.\w+", email) for email in made)


def test_an_email_follows_the_names_of_its_group() -> None:
    people = [
        {"name": f"{who}_{kind}", "type": kind} for who in ("buyer", "seller") for kind in ("email", "first_name")
    ]
    for number, row in enumerate(rows(compiled(*people, locale="en_US"), 100), 1):
        for who in ("buyer", "seller"):
            assert row[f"{who}_email"].startswith(f"{row[f'{who}_first_name'].lower()}{number}@")


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("de_DE", "{first_name} {last_name}"),
        ("ja_JP", "{last_name} {first_name}"),
        ("zh_CN", "{last_name}{first_name}"),
    ],
)
def test_a_name_is_made_of_the_first_and_last_name_of_its_group(locale: str, written: str) -> None:
    fields = [{"name": kind, "type": kind} for kind in ("name", "first_name", "last_name")]
    for row in rows(compiled(*fields, locale=locale), 100):
        assert row["name"] == written.format_map(row)


def test_a_name_of_another_group_or_beside_one_half_is_drawn_for_itself() -> None:
    manager = {"name": "manager_name", "type": "name"}
    fields = [{"name": kind, "type": kind} for kind in ("first_name", "last_name")]
    made = [row["manager_name"] for row in rows(compiled(manager, *fields), 300)]
    assert made == [row["manager_name"] for row in rows(compiled(manager), 300)]
    half = rows(compiled({"name": "name", "type": "name"}, fields[0]), 300)
    assert sum(row["name"].startswith(row["first_name"]) for row in half) < 100


def test_a_phone_number_may_have_a_form_of_its_own() -> None:
    made = values("phone", options={"format": "+49 15% #######"})
    assert all(re.fullmatch(r"\+49 15[1-9] \d{7}", value) for value in made)
    with pytest.raises(TemplateError, match="format '###;' has a quote, a comma or another character"):
        values("phone", options={"format": "###;"})


def field_of(type_name: str, options: dict[str, Any], locale: str = "de_DE") -> FieldType[Any]:
    cls = find_type(type_name)
    return cls(cls.options_model.model_validate(options), Place("value", locale, {"value": type_name}))


@pytest.mark.parametrize(
    ("type_name", "options", "count"),
    [
        ("first_name", {}, None),
        ("last_name", {}, None),
        ("city", {}, 92),
        ("phone", {"format": "%?-#"}, 9 * 26 * 10),
        ("zip_code", {"format": "D-###"}, 1000),
    ],
)
def test_words_of_one_list_and_texts_of_one_form_can_be_numbered(
    type_name: str, options: dict[str, Any], count: int | None
) -> None:
    field = field_of(type_name, options)
    distinct = field.distinct()
    assert distinct is not None
    numbers = np.arange(distinct.count, dtype=np.int64)
    made = to_python(field.numbered(numbers), len(numbers))
    assert len(set(made)) == len(made)
    assert count is None or len(made) == count
    assert set(values(type_name, 500, options, "de_DE")) <= set(made)


@pytest.mark.parametrize("type_name", ["name", "phone", "zip_code"])
def test_what_is_put_together_is_not_numbered(type_name: str) -> None:
    assert field_of(type_name, {}).distinct() is None
