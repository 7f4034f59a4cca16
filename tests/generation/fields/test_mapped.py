"""mapped: what a table says of another field."""

from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import compiled, field, rows

CODE = field("code", "enum", values=["DE", "FR", "XX"])


def mapped(**options: Any) -> dict[str, Any]:
    return field("country", "mapped", **{"field": "code", **options})


def test_the_other_fields_value_is_looked_up() -> None:
    table = {"DE": "Germany", "FR": "France"}
    made = rows(compiled(CODE, mapped(map=table, default="elsewhere")), 200)
    assert all(row["country"] == table.get(row["code"], "elsewhere") for row in made)
    assert {row["country"] for row in made} == {"Germany", "France", "elsewhere"}


def test_what_is_not_in_the_table_is_null_without_a_default() -> None:
    made = rows(compiled(CODE, mapped(map={"DE": "Germany"})), 200)
    assert all((row["country"] is None) == (row["code"] != "DE") for row in made)


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (field("code", "number", min=5, max=5), "5"),
        (field("code", "boolean", true=1), "true"),
        (field("code", "date", **{"from": "2026-01-01", "to": "2026-01-01"}), "2026-01-01"),
    ],
)
def test_the_keys_are_the_values_as_text(source: dict[str, Any], key: str) -> None:
    assert rows(compiled(source, mapped(map={key: "found"})), 1)[0]["country"] == "found"


def test_an_override_of_the_other_field_is_looked_up_too() -> None:
    made = compiled(CODE, mapped(map={"DE": 1, "AT": 2}))
    assert rows(made, 1, overrides={"code": "AT"}) == [{"code": "AT", "country": 2}]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"map": {"DE": 1}}, ColumnType.INTEGER),
        ({"map": {"DE": "a"}}, ColumnType.TEXT),
        ({"map": {"DE": "a"}, "default": 1}, ColumnType.TEXT),
        ({"map": {"DE": [1]}}, ColumnType.JSON),
        ({"map": {"DE": None}}, ColumnType.TEXT),
    ],
)
def test_the_values_tell_what_the_column_holds(options: dict[str, Any], kind: ColumnType) -> None:
    assert compiled(CODE, mapped(**options)).schema[1].type is kind


@pytest.mark.parametrize(
    ("options", "says"),
    [({"map": {}}, "option 'map'"), ({"map": {"a": 1}, "field": "coed"}, "a field 'coed' that is not there")],
)
def test_wrong_options_are_told(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        compiled(CODE, mapped(**options))
