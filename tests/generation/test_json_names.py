"""Names of properties as hints."""

from datetime import datetime
from typing import Any

import pytest

from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.json_schema import template_from_schema

from .templates import rows

STRING = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}


def types(**properties: Any) -> dict[str, str]:
    return {field.name: field.type for field in template_from_schema({"properties": properties}).fields}


@pytest.mark.parametrize("beside", ["email", "firstName", "age", "birth_date"])
def test_a_name_beside_what_persons_have_is_a_persons(beside: str) -> None:
    assert types(name=STRING, **{beside: STRING})["name"] == "name"
    assert types(name=STRING, price=STRING)["name"] == "words"


@pytest.mark.parametrize(
    ("name", "limit", "expected"),
    [
        *(
            ("first_name", 40, "first_name"),
            ("lastName", 50, "last_name"),
            ("email", 50, "email"),
            ("city", 50, "city"),
        ),
        *(("phone", 20, "phone"), ("country", 60, "country"), ("country", 2, "country_code"), ("email", 20, "regex")),
        *(("country", 40, "enum"), ("note", 12, "enum"), ("note", 1, "random_string"), ("company", 50, "company")),
    ],
)
def test_a_limit_of_length_leaves_the_type_that_the_name_says(name: str, limit: int, expected: str) -> None:
    assert types(**{name: {"type": "string", "maxLength": limit}}) == {name: expected}


@pytest.mark.parametrize(
    ("limits", "low", "high"),
    [
        ({}, 18, 90),
        ({"minimum": 0}, 0, 90),
        ({"maximum": 30}, 18, 30),
        ({"maximum": 9}, 0, 9),
        ({"minimum": 95}, 95, 1095),
    ],
)
def test_an_age_is_one_of_a_grown_person(limits: dict[str, int], low: int, high: int) -> None:
    [field] = template_from_schema({"properties": {"age": {"type": "integer", **limits}}}).fields
    assert field.options == {"min": low, "max": high}


@pytest.mark.parametrize(("created", "updated"), [("created_at", "updated_at"), ("createdAt", "updatedAt")])
def test_a_change_comes_after_the_creation(created: str, updated: str) -> None:
    made = compile_template(template_from_schema({"properties": {updated: MOMENT, created: MOMENT}}))
    found = rows(made, 100)
    assert all(isinstance(row[updated], datetime) and row[updated] >= row[created] for row in found)
    assert len({row[updated] - row[created] for row in found}) > 50


def test_a_change_is_not_null_where_the_creation_may_be() -> None:
    maybe = {"anyOf": [MOMENT, {"type": "null"}]}
    made = compile_template(template_from_schema({"properties": {"created_at": maybe, "updated_at": MOMENT}}))
    assert all(row["updated_at"] is not None for row in rows(made, 100))
