"""The keywords of JSON Schema: which are read, which only annotate, and why the others are refused.

https://json-schema.org/draft/2020-12/json-schema-core and -validation; and what OpenAPI 3 puts beside them.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dm_mcp.generation.json_kinds import Unmet
from dm_mcp.generation.json_strings import FORMATS
from dm_mcp.generation.registry import closest

__all__ = ["check_keywords"]

Schema = dict[str, Any]
Number = int | float


class _Keywords(BaseModel):
    """The keywords that are read, as a check of their form."""

    model_config = ConfigDict(strict=True, extra="ignore")

    ref: str = Field("", alias="$ref")
    type: str | list[str] = ""
    enum: list[Any] = Field([None], min_length=1)
    const: Any = None
    allOf: list[Schema] = Field([{}], min_length=1)  # noqa: N815 - the keyword, as the next ones
    anyOf: list[Schema] = Field([{}], min_length=1)  # noqa: N815
    oneOf: list[Schema] = Field([{}], min_length=1)  # noqa: N815
    properties: dict[str, Schema | bool] = {}
    additionalProperties: Schema | bool = True  # noqa: N815
    minProperties: int = Field(0, ge=0)  # noqa: N815
    maxProperties: int = Field(0, ge=0)  # noqa: N815
    required: list[str] = []
    prefixItems: list[Any] = []  # noqa: N815
    items: Schema | bool = True
    minItems: int = Field(0, ge=0)  # noqa: N815
    maxItems: int = Field(0, ge=0)  # noqa: N815
    uniqueItems: bool = False  # noqa: N815
    minLength: int = Field(0, ge=0)  # noqa: N815
    maxLength: int = Field(0, ge=0)  # noqa: N815
    pattern: str = ""
    patternProperties: dict[str, Schema | bool] = {}  # noqa: N815
    propertyNames: Schema | bool = True  # noqa: N815
    format: str = ""
    minimum: Number = 0
    maximum: Number = 0
    exclusiveMinimum: Number | bool = 0  # noqa: N815
    exclusiveMaximum: Number | bool = 0  # noqa: N815
    multipleOf: Number = Field(1, gt=0)  # noqa: N815
    nullable: bool = False


_READ = {field.alias or name for name, field in _Keywords.model_fields.items()}

_NOTES = {
    *("$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$vocabulary", "$comment", "$defs", "definitions"),
    *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "contentMediaType"),
    *("additionalItems", "discriminator", "example", "externalDocs", "xml"),
}
"""They ask nothing of a value, or nothing of one that is made here."""

_WITHOUT = "Leave it out"
_REFUSED = {
    "not": "Say what a value is, not what it isn't.",
    **dict.fromkeys(("if", "then", "else"), "Leave the condition out, or write one schema for each case."),
    **dict.fromkeys(("contains", "minContains", "maxContains"), "Say with `items` what each item is."),
    **dict.fromkeys(("dependentRequired", "dependencies"), "Put the names in `required`; a row has all its fields."),
    "dependentSchemas": "Put what it asks for in `properties`; a row has all its fields.",
    **dict.fromkeys(("unevaluatedProperties", "unevaluatedItems"), f"{_WITHOUT}, or write additionalProperties."),
    **dict.fromkeys(("contentEncoding", "contentSchema"), f"{_WITHOUT}, or say with `pattern` how the text looks."),
    **dict.fromkeys(("$dynamicRef", "$recursiveRef"), "Refer to a part of the schema with $ref."),
}
"""With what to do instead."""


def check_keywords(schema: Schema) -> None:
    """Raises Unmet for a keyword of the wrong form, one that can't be met, and one that there is not."""
    try:
        _Keywords.model_validate(schema)
    except ValidationError as error:
        details = error.errors()[0]
        raise Unmet("/".join(map(str, details["loc"][:1])), details["msg"].lower()) from None
    for keyword in schema:
        if keyword in _REFUSED:
            raise Unmet(keyword, "rows that keep to this keyword can't be made", _REFUSED[keyword])
        if keyword not in _READ | _NOTES and not keyword.startswith("x-"):
            near = closest(keyword, sorted(_READ | _NOTES)).partition("?")
            meant = near[0] + "?" if near[1] else "Leave it out; names of your own begin with x-."
            raise Unmet(keyword, "there is no such keyword", meant)
    if "format" in schema and schema["format"] not in FORMATS:
        known = closest(schema["format"], sorted(FORMATS))
        raise Unmet("format", f"no field type makes {schema['format']!r:.80}", known)
