"""derived, and any column as text."""

from typing import Any

import numpy as np
import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.as_text import text_parts
from dm_mcp.generation.columns import Column, ObjectColumn, Picked, TextColumn
from dm_mcp.generation.overrides import CallableOverride, PickFrom
from dm_mcp.generation.render.values import to_python
from tests.generation.templates import compiled, rows

SOURCES: list[dict[str, Any]] = [
    {"name": "first", "type": "first_name"},
    {"name": "id", "type": "uuid"},
    {"name": "n", "type": "number"},
    {"name": "price", "type": "amount"},
    {"name": "yes", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "ratio", "type": "float", "options": {"max": 1}},
    {"name": "any", "type": "enum", "options": {"values": ["x", 1, None, True, ["ä"]]}},
    {"name": "email", "type": "email"},
    {"name": "iban", "type": "iban"},
    {"name": "call", "type": "faker", "options": {"provider": "color"}},
]


def derived(template: str) -> dict[str, Any]:
    return {"name": "made", "type": "derived", "options": {"template": template}}


def written(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case ["ä"]:
            return '["ä"]'
        case _:
            return str(value)


@pytest.mark.parametrize("optional", [0, 0.4])
@pytest.mark.parametrize("source", SOURCES, ids=lambda field: field["type"])
def test_a_field_of_any_type_reads_as_its_text_and_null_as_nothing(source: dict[str, Any], optional: float) -> None:
    name = source["name"]
    source = {**source, "optional": optional}
    for row in rows(compiled(derived(f"<{{{{ {name} }}}}>"), source), 100):
        text = written(row[name])
        if name == "at" and text:
            text = row[name].isoformat().replace("+00:00", "Z")
        assert row["made"] == f"<{text}>"


def test_literal_text_stands_between_fields() -> None:
    made = rows(compiled(*SOURCES[:3], derived('{{first}}, "{{n}}"{{n}}')), 50)
    assert [row["made"] for row in made] == [f'{row["first"]}, "{row["n"]}"{row["n"]}' for row in made]


def test_text_is_passed_on_as_the_same_words() -> None:
    block = next(compiled(SOURCES[0], derived("{{first}}!")).blocks(10, 1))
    first, made = block.column("first"), block.column("made")
    assert isinstance(first, TextColumn)
    assert isinstance(made, TextColumn)
    (word,), (passed, end) = first.parts, made.parts
    assert isinstance(word, Picked)
    assert isinstance(passed, Picked)
    assert passed.pool is word.pool
    assert end == "!"


@pytest.mark.parametrize("override", ["ö", 5, None, PickFrom([1, None, "z"]), CallableOverride(lambda row: [1])])
def test_an_overridden_field_is_read_as_overridden(override: Any) -> None:
    for row in rows(compiled(SOURCES[0], derived("{{first}}")), 50, overrides={"first": override}):
        assert row["made"] == ("" if row["first"] is None else str(row["first"]))


def test_a_derived_field_may_read_another_one() -> None:
    outer = {"name": "outer", "type": "derived", "options": {"template": "[{{made}}]"}}
    made = rows(compiled(outer, derived("{{n}}"), SOURCES[2]), 20)
    assert [row["outer"] for row in made] == [f"[{row['n']}]" for row in made]


@pytest.mark.parametrize(
    "column",
    [
        TextColumn(("same",), null=np.array([True, False])),
        TextColumn((np.array([[65, 66], [67, 68]], np.uint8),), null=np.array([False, True])),
        ObjectColumn([{"a": 1}, None]),
    ],
)
def test_nulls_of_every_kind_of_part_read_as_nothing(column: Column) -> None:
    texts = to_python(TextColumn(text_parts(column, 2)), 2)
    plain = to_python(column, 2)
    assert [text == "" for text in texts] == [value is None for value in plain]


NESTED = {
    "lines": {"fields": [{"name": "total", "type": "amount"}], "count": 2},
    "address": {"fields": [{"name": "city", "type": "city"}]},
}


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("sum(lines[*].totl)", "the objects of 'lines' have no field 'totl'"),
        ("sum(lines.total)", "'lines' is a list of objects"),
        ("lines[0].totl", "the objects of 'lines' have no field 'totl'"),
        ("upper(address.ctiy)", "the objects of 'address' have no field 'ctiy'"),
    ],
)
def test_a_way_into_objects_that_leads_nowhere_is_told(expression: str, says: str) -> None:
    fields = [{"name": name, "type": "nested", "options": options} for name, options in NESTED.items()]
    for options in ({"expression": expression}, {"template": f"<{{{{{expression}}}}}>"}):
        with pytest.raises(TemplateError) as caught:
            compiled(*fields, {"name": "x", "type": "derived", "options": options})
        assert says in caught.value.message
        assert caught.value.where == {"field": "x"}
