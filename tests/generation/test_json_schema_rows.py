"""Rows made from a JSON Schema or a model are instances of it, as a validator says that is not ours."""

import json
from datetime import datetime
from importlib import import_module
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.inline import inline_template
from dm_mcp.generation.json_schema import template_from_schema
from dm_mcp.generation.render.json_text import value_json

from .templates import rows

Validator: Any = import_module("jsonschema").Draft202012Validator


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def one(**part: Any) -> dict[str, Any]:
    """An object with one property, which is required."""
    return obj("x", x=part)


STRING = {"type": "string"}
CAT = obj("kind", kind={"const": "cat"}, lives={"type": "integer", "minimum": 1})
DOG = obj(kind={"const": "dog"}, name=STRING)

MET: dict[str, dict[str, Any]] = {
    "limits of allOf, the tighter ones": one(
        allOf=[{"type": "integer", "minimum": 3, "maximum": 50}, {"maximum": 9}, {"minimum": 1}]
    ),
    "allOf at the root": {"allOf": [obj("a", a=STRING), obj("b", b={"type": "integer"}), {"required": ["a", "b"]}]},
    "a property in both parts of allOf": {
        "allOf": [obj(a={"type": "number"}), obj(a={"type": "integer", "multipleOf": 5})]
    },
    "additional properties that another part names": {
        "allOf": [{"type": "object", "additionalProperties": {"type": "integer"}}, obj(a={"minimum": 5})]
    },
    "keywords beside a reference": {**one(**{"$ref": "#/$defs/A", "maximum": 50}), "$defs": {"A": {"maximum": 10}}},
    "anyOf beside a type": one(type="integer", anyOf=[{"minimum": 10}, {"maximum": 1}]),
    "anyOf whose first alternative contradicts": one(type="integer", anyOf=[STRING, {"minimum": 5}]),
    "oneOf apart by type": one(oneOf=[STRING, {"type": "integer"}, {"type": "null"}]),
    "oneOf apart by a constant": one(oneOf=[CAT, DOG]),
    "oneOf of ranges": one(
        type="integer", oneOf=[{"minimum": 5, "type": "integer"}, {"type": "integer", "maximum": 4}]
    ),
    "null in one alternative of several that may hold it": one(
        oneOf=[{"anyOf": [{"type": "boolean"}, {"type": ["null", "number"]}]}, {"type": ["array", "null"]}]
    ),
    "null alone": one(anyOf=[{"type": "null"}, {"type": "null"}]),
    "oneOf at the root": {"oneOf": [CAT, DOG]},
    "an enum without null, of a type that lets it be": one(type=["string", "null"], enum=["a", "b"]),
    "an enum with values of other types": one(type="string", enum=["a", 1, True, None]),
    "an enum with a length": one(enum=["a", "bcd", "efghijk"], minLength=2, maxLength=3),
    "a list and null": one(type=["array", "null"], items={"type": "integer"}, minItems=2, maxItems=3),
    "a unique list of objects": one(type="array", uniqueItems=True, items=obj(a={"type": "boolean"})),
    "a pattern with a length": one(type="string", pattern="^[a-z]+$", minLength=5, maxLength=5),
    "digits with a length": one(type="string", pattern=r"^\d*$", minLength=30, maxLength=32),
    "a pattern of several parts": one(type="string", pattern="^[A-Z][a-z]+$", maxLength=4),
    "a pattern that always fits": one(type="string", pattern="^[A-Z]{3}-[0-9]{4}$", maxLength=8),
    "a pattern that is found in the text": one(type="string", pattern="[0-9]{2}|x", minLength=2),
    "a short email": one(type="string", format="email", maxLength=40),
    "a number above and below": one(type="number", exclusiveMinimum=0.5, exclusiveMaximum=1.5),
    "a whole number between fractions": one(type="integer", exclusiveMinimum=0.5, exclusiveMaximum=1.5),
    "names and limits": obj(
        *("firstName", "email", "city", "country", "phone", "note", "name", "age"),
        **{
            name: {"type": "string", "minLength": 1, "maxLength": 20} for name in ("firstName", "city", "phone", "name")
        },
        **{name: {"type": "string", "minLength": 3, "maxLength": 30} for name in ("email", "country", "note")},
        age={"type": "integer", "minimum": 0},
    ),
    "two letters of a country": obj("country", country={"type": "string", "minLength": 2, "maxLength": 2}),
    "annotations": {**one(title="X", description="x", default="a", examples=["a"], **{"x-order": 1}), "$comment": "x"},
    "no more than its properties": {**one(type="null"), "additionalProperties": False, "maxProperties": 1},
    "an object without properties": one(
        type="object", patternProperties={"^a": STRING}, propertyNames={"maxLength": 3}
    ),
}


@pytest.mark.parametrize("schema", MET.values(), ids=MET)
def test_every_row_is_an_instance_of_the_schema(schema: dict[str, Any]) -> None:
    Validator.check_schema(schema)
    validator = Validator(schema)
    for row in rows(compile_template(template_from_schema(schema)), 200):
        problems = [error.message for error in validator.iter_errors(json.loads(value_json(row)))]
        assert problems == [], row


class Account(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(pattern="^[a-z]+$", min_length=5, max_length=5)]
    tag: Annotated[str, Field(pattern=r"^\w*$", max_length=3)]
    level: Annotated[int, Field(gt=2, le=4)]


class Customer(BaseModel):
    first_name: str = Field(min_length=1, max_length=40)
    email: str = Field(max_length=30)
    city: str = Field(max_length=10)
    country: str = Field(max_length=40)
    country_code: str = Field(min_length=2, max_length=2)
    note: str | None = Field(None, max_length=12)
    created_at: datetime
    updated_at: datetime | None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(9, ge=1, le=9)


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    customer: Customer


class Zoo(BaseModel):
    pet: Cat | Dog = Field(discriminator="kind")
    others: list[Dog | Cat] = Field(min_length=2, max_length=3)
    size: Annotated[float, Field(multiple_of=0.25)] | None


@pytest.mark.parametrize("model", [Account, Customer, Zoo])
def test_a_model_validates_every_row(model: type[BaseModel]) -> None:
    for row in rows(compile_template(inline_template(model)), 200):
        model.model_validate(row)
