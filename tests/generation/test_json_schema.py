"""JSON Schema in place of a template."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from dm_mcp.errors import TemplateError
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.inline import inline_template
from dm_mcp.generation.json_schema import template_from_schema
from dm_mcp.generation.registry import field_types

from .templates import rows

KNOWN = set(field_types())


def needs(*types: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not KNOWN.issuperset(types), reason=f"needs the types {types}")


def made(schema: dict[str, Any], count: int = 200) -> list[dict[str, Any]]:
    return rows(compile_template(template_from_schema(schema)), count)


def values(part: dict[str, Any], name: str = "x", root: dict[str, Any] | None = None) -> list[Any]:
    """The values of one required property."""
    schema = {"type": "object", "properties": {name: part}, "required": [name], **(root or {})}
    return [row[name] for row in made(schema)]


def refusal(part: object, **root: Any) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        template_from_schema({"type": "object", "properties": {"x": part}, "required": ["x"], **root})
    return caught.value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("email", "email"), ("first_name", "first_name"), ("lastName", "last_name"), ("City", "city")),
        *(("zip", "zip_code"), ("postalCode", "zip_code"), ("phone-number", "phone"), ("country", "country")),
        *(("iban", "iban"), ("street_address", "street"), ("id", "uuid"), ("note", "words")),
    ],
)
def test_a_string_is_what_its_name_says(name: str, expected: str) -> None:
    [field] = template_from_schema({"properties": {name: {"type": "string", "maxLength": 100}}}).fields
    assert field.type == expected


@pytest.mark.parametrize(
    ("part", "low", "high"),
    [
        ({"type": "integer"}, 0, 1000),
        ({"type": "integer", "minimum": 18, "maximum": 20}, 18, 20),
        ({"type": "integer", "exclusiveMinimum": 17, "exclusiveMaximum": 21}, 18, 20),
        ({"type": "integer", "minimum": 17, "exclusiveMinimum": True, "maximum": 20}, 18, 20),
        ({"type": "integer", "minimum": 5000}, 5000, 6000),
        ({"type": "integer", "maximum": -5000}, -6000, -5000),
        ({"type": "integer", "minimum": 0.5, "maximum": 1.5}, 1, 1),
        ({"type": "number", "minimum": 0.001, "maximum": 0.002}, 0.001, 0.002),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.02}, 0.01, 0.01),
        ({"type": "number", "minimum": 0, "maximum": 1e15}, 0, 1e15),
        ({"maximum": 3}, 0, 3),
    ],
)
def test_numbers_keep_to_their_limits(part: dict[str, Any], low: float, high: float) -> None:
    found = values(part)
    assert low <= min(found) <= max(found) <= high
    assert {type(value) for value in found} == {int if part.get("type") == "integer" else float}


@pytest.mark.parametrize(
    ("part", "step"),
    [
        ({"type": "integer", "multipleOf": 5}, 5),
        ({"type": "integer", "multipleOf": 2.5}, Decimal("2.5")),
        ({"type": "integer", "multipleOf": 0.5}, 1),
        ({"type": "number", "multipleOf": 0.01}, Decimal("0.01")),
        ({"type": "number", "multipleOf": 0.25, "maximum": 3}, Decimal("0.25")),
        ({"type": "number", "multipleOf": 7, "minimum": -20, "maximum": 20}, 7),
    ],
)
def test_numbers_are_multiples(part: dict[str, Any], step: Any) -> None:
    found = [Decimal(repr(value)) for value in values(part)]
    assert len(set(found)) > 2
    assert all(value % step == 0 for value in found)


def test_null_is_there_where_it_is_allowed() -> None:
    forms: list[dict[str, Any]] = [
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/Age"}]},
        {"type": "boolean", "nullable": True},
    ]
    for part in forms:
        found = values(part, root={"$defs": {"Age": {"type": "integer"}}})
        assert 10 < found.count(None) < 80
    assert set(values({"type": "null"})) == {None}
    assert None not in [row["x"] for row in made({"properties": {"x": {"type": "integer"}}})]


def test_enum_const_and_alternatives() -> None:
    assert set(values({"enum": ["a", 1]})) == {"a", 1}
    assert set(values({"const": {"a": 1}.get("a")})) == {1}
    assert {type(value) for value in values({"anyOf": [{"type": "number"}, {"type": "string"}]})} == {float}
    both = {"allOf": [{"$ref": "#/$defs/Age"}, {"maximum": 3}], "minimum": 2}
    assert set(values(both, root={"$defs": {"Age": {"type": "integer", "minimum": 0}}})) == {2, 3}


@pytest.mark.parametrize(
    ("format_", "kind"), [("date", date), ("date-time", datetime), ("email", str), ("uuid", str), ("password", str)]
)
def test_formats_have_types(format_: str, kind: type) -> None:
    assert {type(value) for value in values({"type": "string", "format": format_})} == {kind}


def test_lists_of_plain_values_keep_to_their_limits() -> None:
    found = values({"type": "array", "items": {"type": "integer", "maximum": 9}, "minItems": 2, "maxItems": 4})
    assert {len(value) for value in found} == {2, 3, 4}
    assert all(isinstance(item, int) for value in found for item in value)
    part = {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True, "minItems": 2}
    assert {tuple(sorted(value)) for value in values(part)} == {("a", "b")}
    assert values({"type": "array", "maxItems": 0})[0] == []
    assert {len(value) for value in values({"items": {"type": "array"}})} == {1, 2, 3}


UNMET: list[tuple[Any, str]] = [
    ({"type": "string", "format": "colour"}, "#/properties/x/format"),
    ({"type": "text"}, "#/properties/x/type"),
    ({"type": 5}, "#/properties/x/type"),
    ({"minimum": "5"}, "#/properties/x/minimum"),
    ({"enum": []}, "#/properties/x/enum"),
    ({"enum": "abc"}, "#/properties/x/enum"),
    ({"type": "integer", "multipleOf": 0}, "#/properties/x/multipleOf"),
    ({"type": "integer", "multipleOf": 50, "minimum": 1, "maximum": 9}, "#/properties/x/multipleOf"),
    ({"type": "integer", "minimum": 5, "maximum": 1}, "#/properties/x/maximum"),
    ({"type": "string", "minLength": 5, "maxLength": 1}, "#/properties/x/maxLength"),
    ({"$ref": "#/$defs/Missing"}, "#/properties/x/$ref"),
    ({"$ref": "https://example.com/schema"}, "#/properties/x/$ref"),
    ({"$ref": "#/properties/x"}, "#/properties/x"),
    ({"allOf": [{"$ref": "#/properties/x"}]}, "#/properties/x/allOf/0/allOf"),
    ({"type": "array", "prefixItems": [True]}, "#/properties/x/prefixItems"),
    ({"type": "object", "required": ["a"]}, "#/properties/x/properties"),
    ({"type": "integer", "minimum": 2**70, "maximum": 2**71}, "#/properties/x"),
    ({"items": {"type": "wrong"}}, "#/properties/x/items/type"),
    (False, "#/properties/x"),
    ("string", "#/properties"),
]


@pytest.mark.parametrize(("part", "pointer"), UNMET)
def test_what_can_not_be_met_is_an_error_with_a_pointer(part: object, pointer: str) -> None:
    assert f"JSON Schema, {pointer}: " in refusal(part).message


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": "string"}, {"properties": {}}])
def test_a_schema_must_be_of_an_object(schema: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match="#: an object with properties"):
        template_from_schema(schema)


def test_a_property_that_leads_back_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"n": {"type": "integer"}, "next": {"$ref": "#/$defs/Node"}}}
    fields = template_from_schema({"$ref": "#/$defs/Node", "$defs": {"Node": node}}).fields
    assert [field.name for field in fields] == ["n"]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Person(BaseModel):
    id: UUID
    first_name: str
    email: str = Field(max_length=200)
    age: int = Field(ge=18, lt=100)
    height: float | None
    balance: Decimal = Field(ge=0, decimal_places=2)
    colour: Colour
    kind: Literal["a", "b"] = "a"
    born: date
    seen: datetime | None = None
    tags: list[str] = Field(max_length=3)
    extra: dict[str, int]


class Item(BaseModel):
    sku: str = Field(pattern=r"^[A-Z]{3}-\d{4}$")
    quantity: int = Field(gt=0, multiple_of=2)


class Order(BaseModel):
    code: str = Field(min_length=6, max_length=8)
    host: IPv4Address
    buyer: Person
    items: list[Item] = Field(min_length=1, max_length=4)
    parent: "Order | None" = None


def test_a_model_validates_its_rows() -> None:
    found = rows(compile_template(inline_template(Person)), 300)
    people = [Person.model_validate(row) for row in found]
    assert {person.colour for person in people} == set(Colour)
    assert any(person.height is None for person in people)


@needs("nested", "regex", "random_string", "ipv4")
def test_a_model_with_objects_inside_validates_its_rows() -> None:
    orders = [Order.model_validate(row) for row in rows(compile_template(inline_template(Order)), 100)]
    assert {len(order.items) for order in orders} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("given", "template_id"),
    [
        ([{"name": "x", "type": "uuid"}], "inline"),
        ({"fields": [{"name": "x", "type": "uuid"}]}, "inline"),
        ({"id": "mine", "name": "Mine", "fields": [{"name": "x", "type": "uuid"}]}, "mine"),
        ({"type": "object", "properties": {"x": {"type": "string"}}}, "inline"),
        ({"title": "Thing", "properties": {"x": {"type": "string"}}}, "Thing"),
        (Person, "Person"),
    ],
)
def test_a_template_may_be_given_in_many_forms(given: object, template_id: str) -> None:
    assert inline_template(given).id == template_id


@pytest.mark.parametrize("given", [5, Person.model_construct(), int, "text"])
def test_anything_else_is_no_template(given: object) -> None:
    with pytest.raises(TemplateError, match="a template can't be made of"):
        inline_template(given)
