"""first_name, last_name, name, email, phone."""

import re
from importlib import import_module
from typing import Any

import pytest

from dm_mcp.generation.overrides import CallableOverride, PickFrom
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
