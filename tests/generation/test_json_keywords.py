"""Keywords of JSON Schema that can't be met, or that there are not, are refused where they stand."""

from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.json_schema import template_from_schema

STRING = {"type": "string"}
NUMBERS = [{"type": "integer"}, {"type": "number"}]


def refusal(schema: dict[str, Any]) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        template_from_schema({"type": "object", "properties": {"x": STRING}, **schema})
    return caught.value


REFUSED: list[tuple[str, Any]] = [
    *(("not", STRING), ("if", {}), ("contains", {}), ("dependentRequired", {"x": ["y"]}), ("dependentSchemas", {})),
    *(("patternProperties", {"^x": {}}), ("propertyNames", {"maxLength": 0}), ("unevaluatedProperties", False)),
    *(("minProperties", 2), ("maxProperties", 0), ("required", ["y"]), ("minumum", 5), ("oneOf", [{}, {}])),
    *(("contentEncoding", "base64"), ("format", "dat"), ("anyOf", [{"not": {}}]), ("additonalItems", False)),
]


@pytest.mark.parametrize(("keyword", "value"), REFUSED)
def test_a_keyword_that_is_not_met_is_refused_anywhere(keyword: str, value: object) -> None:
    pointer = "#/anyOf/0/not" if keyword == "anyOf" else f"#/{keyword}"
    assert f"JSON Schema, {pointer}: " in refusal({keyword: value}).message
    inside = {"type": "object", "properties": {"y": STRING, "x": {}}, keyword: value}
    if keyword == "required":
        inside["required"] = ["z"]
    if keyword == "minProperties":
        inside[keyword] = 3
    assert "JSON Schema, #/properties/x" + pointer[1:] in refusal({"properties": {"x": inside}}).message


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"type": "integer", "minimum": 5, "maximum": 1}, "maximum: minimum 5 is greater than maximum 1."),
        (
            {"type": "integer", "minimum": 1.2, "maximum": 1.8},
            "maximum: no whole number that can be made lies between min",
        ),
        ({"exclusiveMinimum": 5, "maximum": 5}, "maximum: no number that can be made lies between exclusiveMinimum 5"),
        ({"minLength": 5, "maxLength": 1}, "maxLength: minLength 5 is greater than maxLength 1."),
        ({"items": {}, "minItems": 5, "maxItems": 1}, "maxItems: minItems 5 is greater than maxItems 1."),
        ({"pattern": "^[a-z]{2}$", "minLength": 3}, "minLength: no text of the pattern"),
        ({"pattern": "^(ab)+$", "maxLength": 1}, "maxLength: no text of the pattern"),
        ({"pattern": "^(?=a)b$"}, "pattern: "),
        ({"pattern": "^a$", "format": "email"}, "pattern: it can't be met beside format 'email'"),
        ({"format": "date", "maxLength": 9}, "maxLength: values of format 'date' have other lengths"),
        ({"allOf": [STRING, {"type": "integer"}]}, "type: nothing is string and integer at once"),
        ({"allOf": [{"pattern": "a"}, {"pattern": "b"}]}, "pattern: it is asked to be 'a' and 'b' at once"),
        ({"allOf": [{"minimum": 5}, {"maximum": 1}]}, "maximum: minimum 5 is greater than maximum 1"),
        ({"oneOf": NUMBERS}, "oneOf: a value of each alternative may be one of another too"),
        ({"const": 1, "type": "string"}, "const: none of its values meets the other keywords"),
        ({"enum": [1, 2], "minimum": 3}, "enum: none of its values meets the other keywords"),
        ({"items": {"enum": [1], "type": "object", "properties": {"a": {}}}, "minItems": 1}, "items/enum: none of its"),
        ({"enum": [[1]], "minItems": 3}, "minItems: it stands beside a list or an object that is given"),
        ({"type": "array", "uniqueItems": True, "minItems": 2, "items": {"properties": {"a": {}}}}, "uniqueItems: "),
    ],
)
def test_it_is_said_what_can_not_be_met(part: dict[str, Any], message: str) -> None:
    assert f"JSON Schema, #/properties/x/{message}" in refusal({"properties": {"x": part}}).message


def test_properties_that_another_part_rules_out_are_refused() -> None:
    closed = {"properties": {"a": STRING}, "additionalProperties": False}
    assert "#/additionalProperties: it is false, so there can be no 'x'" in refusal({"allOf": [closed]}).message


@pytest.mark.parametrize(
    ("part", "hint"),
    [
        ({"minumum": 5}, "Did you mean 'minimum'"),
        ({"format": "date-tme"}, "Did you mean 'date-time'"),
        ({"order": 5}, "names of your own begin with x-"),
        ({"not": {}}, "Say what a value is"),
        ({"dependentRequired": {}}, "Put the names in `required`"),
    ],
)
def test_it_is_said_what_to_do(part: dict[str, Any], hint: str) -> None:
    assert hint in (refusal({"properties": {"x": part}}).hint or "")
