"""Templates, and what is said about a wrong one."""

import json
from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.template import Field, Template, parse_template, resolve
from tests.generation.templates import SHIPPED


def one(**field: Any) -> dict[str, Any]:
    return {"id": "t", "name": "T", "fields": [{"name": "a", "type": "number", **field}]}


def derived(name: str, template: str) -> dict[str, Any]:
    return {"name": name, "type": "derived", "options": {"template": template}}


def with_fields(*fields: Any) -> dict[str, Any]:
    return {"id": "t", "name": "T", "fields": list(fields)}


UUID = {"name": "a", "type": "uuid"}

MISTAKES: list[tuple[Any, str, str]] = [
    ([], "a template is a JSON object, not a list", '"fields"'),
    ({"name": "T", "fields": [UUID]}, "key 'id' of the template is missing", ""),
    ({**one(), "nam": 3}, "unknown key 'nam' of the template", "Did you mean 'name'?"),
    ({**one(), "id": " "}, "the template's id is empty", ""),
    ({**one(), "name": "\0"}, "NUL", ""),
    ({**one(), "locale": "ed_DE"}, "unknown locale 'ed_DE'", "'de_DE'"),
    ({**one(), "locale": "klingon"}, "unknown locale 'klingon'", "en_US, de_DE"),
    ({**one(), "fields": []}, "the template has no fields", '"uuid"'),
    ({**one(), "fields": "x"}, "key 'fields' of the template: input should be a valid list, not 'x'", ""),
    (with_fields(3), "a field is a JSON object, not a number", '"uuid"'),
    (one(name=""), "a field's name is empty", ""),
    (one(name="a\0"), "NUL", ""),
    (one(name=None), "key 'name' of a field: input should be a valid string, not null", ""),
    (with_fields(UUID, UUID), "two fields are named 'a': number 1 and number 2", ""),
    (one(optionall=1), "unknown key 'optionall' of a field", "Did you mean 'optional'"),
    (one(optional=2), "key 'optional' of a field: input should be less than or equal to 1, not 2", ""),
    (one(options=3), "key 'options' of a field: input should be a valid object, not 3", ""),
    (one(type="frist_name"), "unknown field type 'frist_name'", "Did you mean 'first_name'"),
    (
        one(options={"minn": 5}),
        "unknown option 'minn' of type 'number'",
        "Did you mean 'min'? Allowed: min, max, ",
    ),
    (one(type="enum", options={"valuse": [1]}), "unknown option 'valuse' of type 'enum'", "Did you mean 'values'"),
    (one(options={"min": "x"}), "option 'min' of type 'number'", ""),
    (one(options={"min": 5, "max": 3}), "min 5 is greater than max 3", ""),
    (one(options={"min": 2**70}), "option 'min' of type 'number'", ""),
    (one(type="uuid", options={"v": 4}), "unknown option 'v' of type 'uuid'", "no options"),
    (one(type="float", options={"min": 2, "max": 1}), "min 2 is greater than max 1", ""),
    (one(type="float", options={"min": 0.001, "max": 0.002}), "no number with precision 2", ""),
    (one(type="float", options={"max": 1e9, "precision": 9}), "15 digits", ""),
    (one(type="float", options={"min": float("nan")}), "finite", ""),
    (one(type="amount", options={"min": 2, "max": 1}), "min 2 is greater than max 1", ""),
    (one(type="amount", options={"min": 0.001}), "min 0.001 has more than the 2 decimal places", ""),
    (one(type="amount", options={"max": 10**15}), "max 1000000000000000 has more than 15 digits", ""),
    (one(type="boolean", options={"true": 1.5}), "option 'true' of type 'boolean'", ""),
    (one(type="enum"), "option 'values' of type 'enum' is missing", ""),
    (one(type="enum", options={"values": []}), "option 'values' of type 'enum'", ""),
    (one(type="enum", options={"values": [1], "weights": [1, 2]}), "there are 2 weights for 1 values", ""),
    (one(type="date", options={"from": "2027-01-01"}), "from 2027-01-01 is after to 2026-01-01", ""),
    (one(type="datetime", options={"from": "2027-01-01"}), "is after to", ""),
    (one(type="datetime", options={"to": "soon"}), "option 'to' of type 'datetime'", ""),
    (one(type="first_name", options={"sex": "x"}), "should be 'female' or 'male', not 'x'", ""),
    (one(type="iban", options={"country": "US"}), "country 'US' has no iban here", ""),
    (one(type="words", options={"count": 0}), "option 'count' of type 'words'", ""),
    (one(type="derived"), "give either template or expression", ""),
    (with_fields(derived("a", "{{b")), "braces without a partner", ""),
    (with_fields(derived("a", "{{ }}")), "without a field's name", ""),
    (with_fields(derived("a", "b")), "names no field", ""),
    (with_fields(UUID | {"name": "first"}, derived("a", "{{frist}}")), "a field 'frist'", "Did you mean 'first'?"),
    (with_fields(derived("a", "{{a}}")), "the field 'a' is made of itself", "Break the circle"),
    (with_fields(derived("a", "{{b}}"), derived("b", "{{a}}")), "in a circle", "Break the circle"),
    (one(type="faker", options={"provider": "licence_plate"}), "no provider 'licence_plate'", "'license_plate'"),
    (one(type="faker", options={"provider": "seed_instance"}), "no provider 'seed_instance'", ""),
    (one(type="faker", options={"provider": "bothify", "args": {"x": 1}}), "refuses args {'x': 1}", "bothify(text"),
]


@pytest.mark.parametrize(("data", "message", "hint"), MISTAKES, ids=[message for _, message, _ in MISTAKES])
def test_a_mistake_is_named_with_what_is_allowed(data: Any, message: str, hint: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(data, file="t.json")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.where.get("file") == "t.json"


@pytest.mark.parametrize(
    ("field", "line"),
    [({"type": "frist_name"}, 8), ({"options": {"min": 1, "minn": 5}}, 11), ({"options": {"min": 5, "max": 3}}, 9)],
)
def test_an_error_names_the_line_and_the_field(field: dict[str, Any], line: int) -> None:
    data = one(**field)
    data["fields"].insert(0, {"name": "id"} | {"type": "uuid"})
    text = json.dumps(data, indent=1).replace(
        '{\n   "name": "id",\n   "type": "uuid"\n  }', '{"name": "id", "type": "uuid"}'
    )
    with pytest.raises(TemplateError) as caught:
        parse_template(data, file="t.json", text=text)
    assert caught.value.where == {"file": "t.json", "line": line, "field": "a"}
    assert str(caught.value).startswith(f"t.json:{line}, field 'a': ")


def test_a_field_without_a_name_goes_by_its_number() -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(with_fields(UUID, {"type": "uuid"}))
    assert caught.value.where == {"field": "number 2"}


def test_both_spellings_of_a_type_are_taken() -> None:
    parsed = parse_template(with_fields({"name": "a", "type": "First Name"}, {"name": "b", "type": "first_name"}))
    assert [each.type.name for each in resolve(parsed)] == ["first_name", "first_name"]


def test_defaults_are_filled_in() -> None:
    assert parse_template(with_fields(UUID)) == Template(
        id="t",
        name="T",
        description="",
        locale="en_US",
        fields=[Field(name="a", type="uuid", options={}, optional=0.0, sensitive=False)],
    )


def test_a_derived_field_may_stand_before_what_it_names() -> None:
    resolved = resolve(parse_template(with_fields(derived("b", "{{ a }} {{a}}"), UUID)))
    assert resolved[0].references == ("a",)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.json")), ids=lambda file: file.stem)
def test_the_shipped_templates_are_right(file: Any) -> None:
    assert parse_template(json.loads(file.read_text()), text=file.read_text()).id == file.stem
