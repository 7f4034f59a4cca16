"""JSON Schema in place of a template: objects that the schema describes become fields.

Every row is an instance of the schema: a property that may be null is null in some rows, and one that may be missing
is there, for a row has all its fields. Keywords that only annotate are passed over.
https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dm_mcp.errors import TemplateError
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.json_scalars import Kind, Unmet, number_kind, string_kind
from dm_mcp.generation.registry import find_type
from dm_mcp.generation.render.json_text import value_json
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.template import Template, parse_template

__all__ = ["template_from_schema"]

_OPTIONAL = 0.2
"""The share of nulls where null is allowed."""
_ITEMS, _MOST_ITEMS = 3, 10
"""So many at the most where a list has no limit, and where it has one."""
_DEEPEST = 40
"""Steps of a pointer."""
_MOST_PARTS = 10_000
"""Parts of a schema, each as often as it is referred to."""
_MOST_VALUES = 1000
"""Of a list and the lists in it."""
_LISTS = 100
"""So many lists of plain values to pick from."""

Schema = dict[str, Any]
Number = int | float


class _Keywords(BaseModel):
    """The keywords that are read, as a check of their form."""

    model_config = ConfigDict(strict=True, extra="ignore")

    ref: str = Field("", alias="$ref")
    type: str | list[str] = ""
    enum: list[Any] = Field([None], min_length=1)
    allOf: list[Schema] = Field([{}], min_length=1)  # noqa: N815 - the keyword, as the next ones
    anyOf: list[Schema] = Field([{}], min_length=1)  # noqa: N815
    oneOf: list[Schema] = Field([{}], min_length=1)  # noqa: N815
    properties: dict[str, Schema | bool] = {}
    required: list[str] = []
    items: Schema | bool = True
    minItems: int = Field(0, ge=0)  # noqa: N815
    maxItems: int = Field(0, ge=0)  # noqa: N815
    minLength: int = Field(0, ge=0)  # noqa: N815
    maxLength: int = Field(0, ge=0)  # noqa: N815
    pattern: str = ""
    format: str = ""
    minimum: Number = 0
    maximum: Number = 0
    exclusiveMinimum: Number | bool = 0  # noqa: N815
    exclusiveMaximum: Number | bool = 0  # noqa: N815
    multipleOf: Number = Field(1, gt=0)  # noqa: N815


def template_from_schema(schema: object, id: str = "inline") -> Template:  # noqa: A002 - a template's key
    """The template whose rows are instances of the schema, an object with properties.

    Of alternatives the first is taken. Types come from ``type``, ``format``, ``enum``, ``const``, ``pattern``, the
    limits of numbers, lengths and lists, and for a string without any of them from its name: ``email`` holds emails.
    Raises TemplateError, with a JSON pointer, for what is no schema of an object or can't be met.
    """
    root = _checked(schema, "#")
    fields = _Reader(root).fields(root, "#", ())
    title = root.get("title")
    name = title if isinstance(title, str) and title.strip() else id
    try:
        return parse_template({"id": id, "name": name, "fields": fields})
    except TemplateError as error:
        field = str(error.where.get("field", "")).partition(".")[0]
        raise _error(f"#/properties/{field}", error.message, error.hint) from None


def _error(pointer: str, reason: str, hint: str = "") -> TemplateError:
    return TemplateError(f"JSON Schema, {pointer}: {reason.rstrip('.')}.", hint=hint)


class _Reader:
    """Reads the parts of one schema; ``chain`` are the references that led to a part."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._parts = 0

    def fields(self, schema: object, at: str, chain: tuple[str, ...]) -> list[dict[str, Any]]:
        """The fields of an object's properties."""
        found, chain, _ = self._resolved(schema, at, chain)
        properties: dict[str, object] = found.get("properties", {})
        if not properties:
            raise _error(at, "an object with properties is expected", 'Write {"type": "object", "properties": {...}}.')
        required: list[str] = found.get("required", [])
        made = [
            self._field(name, part, f"{at}/properties/{name}", chain, is_required=name in required)
            for name, part in properties.items()
        ]
        return [field for field in made if field]

    def _field(
        self, name: str, schema: object, at: str, chain: tuple[str, ...], *, is_required: bool
    ) -> dict[str, Any] | None:
        """A field; None for one that may be missing and would lead in a circle."""
        found, inner, nullable = self._resolved(schema, at, chain)
        if _is_circle(inner):
            if nullable:
                return {"name": name, "type": "enum", "options": {"values": [None]}}
            if is_required:
                raise _error(at, "it refers to itself", "Let it be null, or leave it out of `required`.")
            return None
        kind = self._kind(name, found, at, inner)
        optional = _OPTIONAL if nullable else 0
        return {"name": name, "type": kind.type, "options": kind.options, "optional": optional}

    def _resolved(self, schema: object, at: str, chain: tuple[str, ...]) -> tuple[Schema, tuple[str, ...], bool]:
        """The schema without references and alternatives, the references on the way, and whether null is allowed."""
        self._parts += 1
        if self._parts > _MOST_PARTS or at.count("/") > _DEEPEST:
            raise _error(f"{at:.200}", "it is nested too deep, or refers to the same parts too often")
        found = _checked(schema, at)
        nullable = found.get("nullable") is True  # as OpenAPI 3.0 has it
        while not _is_circle(chain):
            if "$ref" in found:
                reference = found.pop("$ref")
                chain = (*chain, reference)
                found = _checked(self._at(reference, at), at) | found
            elif "allOf" in found:
                found, chain = self._together(found, at, chain)
            elif "anyOf" in found or "oneOf" in found:
                others, with_null = _without_null(found.pop("anyOf", None) or found.pop("oneOf"), {"type": "null"})
                nullable |= with_null
                found = found | _checked(others[0], at)
            elif isinstance(found.get("type"), list):
                others, with_null = _without_null(found["type"], "null")
                nullable |= with_null
                found["type"] = others[0]
            else:
                break
        return found, chain, nullable

    def _at(self, reference: str, at: str) -> object:
        """What a reference inside the schema leads to."""
        if not reference.startswith("#"):
            raise _error(f"{at}/$ref", f"only references inside the schema are followed, not {reference!r:.80}")
        found: Any = self._root
        for step in reference[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise _error(f"{at}/$ref", f"there is nothing at {reference!r:.80}")
            found = cast("Schema", found)[key]
        return found

    def _together(self, schema: Schema, at: str, chain: tuple[str, ...]) -> tuple[Schema, tuple[str, ...]]:
        """One schema of ``allOf``: properties and required names are added up, of other keywords the last counts."""
        parts: list[Schema] = [*schema.pop("allOf"), schema]
        found: Schema = {}
        led = chain
        for i, part in enumerate(parts):
            each, inner, _ = self._resolved(part, f"{at}/allOf/{i}", chain)
            if _is_circle(inner):
                raise _error(f"{at}/allOf", "it refers to itself")
            led = tuple(dict.fromkeys((*led, *inner)))
            if properties := {**found.get("properties", {}), **each.get("properties", {})}:
                each["properties"] = properties
            if required := [*found.get("required", []), *each.get("required", [])]:
                each["required"] = required
            found |= each
        return found, led

    def _kind(self, name: str, schema: Schema, at: str, chain: tuple[str, ...]) -> Kind:
        if "const" in schema:
            return Kind("enum", {"values": [schema["const"]]})
        if "enum" in schema:
            return Kind("enum", {"values": schema["enum"]})
        try:
            return self._typed(name, schema, at, chain)
        except Unmet as unmet:
            raise _error(f"{at}/{unmet.keyword}", unmet.reason) from None

    def _typed(self, name: str, schema: Schema, at: str, chain: tuple[str, ...]) -> Kind:
        match _type(schema):
            case "object":
                return self._object(schema, at, chain)
            case "array":
                return self._list(name, schema, at, chain)
            case "integer":
                return number_kind(schema, whole=True)
            case "number":
                return number_kind(schema, whole=False)
            case "boolean":
                return Kind("boolean")
            case "null":
                return Kind("enum", {"values": [None]})
            case "string":
                return string_kind(name, schema)
            case other:
                raise Unmet("type", f"there is no type {other!r:.80}")

    def _object(self, schema: Schema, at: str, chain: tuple[str, ...]) -> Kind:
        if not schema.get("properties"):
            if schema.get("required") or schema.get("minProperties"):
                raise Unmet("properties", "the names of its properties are not told")
            return Kind("enum", {"values": [{}]})
        return _nested(self.fields(schema, at, chain))

    def _list(self, name: str, schema: Schema, at: str, chain: tuple[str, ...]) -> Kind:
        if "prefixItems" in schema:
            raise Unmet("prefixItems", "lists whose items differ by place can't be made")
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", max(least, _ITEMS)), max(least, _MOST_ITEMS))
        item, inner, _ = self._resolved(schema.get("items", {}), f"{at}/items", chain)
        if _is_circle(inner) or not most:
            if least:
                raise Unmet("items", "it refers to itself")
            return Kind("enum", {"values": [[]]})
        least = max(least, 1)
        if _type(item) == "object" and item.get("properties"):
            return _nested(self.fields(item, f"{at}/items", inner), {"min": least, "max": most})
        kind = self._kind(name, item, f"{at}/items", inner)
        if most * max(map(_leaves, kind.options.get("values", [0]))) > _MOST_VALUES:
            raise Unmet("items", f"a list with more than {_MOST_VALUES} values in it can't be made")
        return Kind("enum", {"values": _lists(kind, least, most, unique=schema.get("uniqueItems") is True)})


def _checked(schema: object, at: str) -> Schema:
    """A copy of the schema, once its keywords are known to be of the right form."""
    if schema is True:
        return {}
    if not isinstance(schema, Mapping):
        raise _error(at, "a schema is an object")
    try:
        _Keywords.model_validate(schema)
    except ValidationError as error:
        details = error.errors()[0]
        raise _error("/".join([at, *map(str, details["loc"][:1])]), details["msg"].lower()) from None
    return dict(cast("Schema", schema))


def _is_circle(chain: tuple[str, ...]) -> bool:
    return len(chain) != len(set(chain))


def _without_null(alternatives: list[Any], null: object) -> tuple[list[Any], bool]:
    """The alternatives but for null, or null alone, and whether it is among them."""
    others = [each for each in alternatives if each != null]
    return others or [null], len(others) < len(alternatives)


def _type(schema: Schema) -> str:
    """What it says, or what its other keywords are for."""
    if schema.get("type"):
        return schema["type"]
    if "properties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    limits = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    return "number" if limits & schema.keys() else "string"


def _nested(fields: Sequence[dict[str, Any]], count: dict[str, int] | None = None) -> Kind:
    try:
        find_type("nested")
    except KeyError:
        raise Unmet("properties", "objects inside of rows can't be made") from None
    return Kind("nested", {"fields": list(fields)} | ({"count": count} if count else {}))


def _leaves(value: object) -> int:
    """How many plain values are in a value, itself counted where there are none."""
    inner = list(cast("dict[str, object]", value).values()) if isinstance(value, dict) else value
    return max(1, sum(map(_leaves, cast("list[object]", inner)))) if isinstance(inner, list) else 1


def _lists(kind: Kind, least: int, most: int, *, unique: bool) -> list[list[Any]]:
    """Lists of plain values, made beforehand: no field type makes them, but an enum may pick them."""
    field = {"name": "item", "type": kind.type, "options": kind.options}
    compiled = compile_template(parse_template({"id": "items", "name": "items", "fields": [field]}))
    blocks = compiled.blocks(_LISTS * most, 0)
    items = [json.loads(value_json(row["item"])) for block in blocks for row in to_rows(block)]
    lists = [items[at * most : at * most + least + at % (most - least + 1)] for at in range(_LISTS)]
    if not unique:
        return lists
    distinct = [list({json.dumps(item, sort_keys=True): item for item in each}.values()) for each in lists]
    enough = [each for each in distinct if len(each) >= least]
    if not enough:
        raise Unmet("uniqueItems", f"there are not enough different items for a list of {least}")
    return enough
