"""JSON Schema in place of a template: objects that the schema describes become fields.

Every row is an instance of the schema: a property that may be null is null in some rows, and one that may be missing
is there, for a row has all its fields. Keywords that only annotate are passed over.
https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from dm_mcp.errors import TemplateError
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.json_kinds import Kind, Unmet
from dm_mcp.generation.json_merge import admits
from dm_mcp.generation.json_names import follow_each_other, names_a_person
from dm_mcp.generation.json_numbers import number_kind
from dm_mcp.generation.json_resolved import Resolver, is_circle, refused, type_of, unmet_at
from dm_mcp.generation.json_strings import string_kind
from dm_mcp.generation.render.json_text import value_json
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.template import Template, parse_template

__all__ = ["template_from_schema"]

_OPTIONAL = 0.2
"""The share of nulls where null is allowed."""
_ITEMS, _MOST_ITEMS = 3, 10
"""So many at the most where a list has no limit, and where it has one."""
_MOST_VALUES = 1000
"""Of a list and the lists in it."""
_LISTS = 100
"""So many lists of plain values to pick from."""

Schema = dict[str, Any]


def template_from_schema(schema: object, id: str = "inline") -> Template:  # noqa: A002 - a template's key
    """The template whose rows are instances of the schema, an object with properties.

    Of alternatives the first is taken that goes with the rest, of ``oneOf`` the first that is certainly no other one.
    Types come from ``type``, ``format``, ``enum``, ``const``, ``pattern``, limits of numbers, lengths and lists, and
    for a string without format and pattern from its name: ``email`` holds emails.
    Raises TemplateError, with a JSON pointer, for what is no schema of an object, for a keyword that is not there or
    can't be met, and for a format that no field type makes.
    """
    if not isinstance(schema, Mapping):
        raise refused("#", "a schema is an object")
    root = dict(cast("Schema", schema))
    try:
        fields = _Reader(root).fields(root, "#", ())
    except RecursionError:
        raise refused("#", "values in it are nested too deep") from None
    title = root.get("title")
    name = title if isinstance(title, str) and title.strip() else id
    try:
        return parse_template({"id": id, "name": name, "fields": fields})
    except TemplateError as error:
        field = str(error.where.get("field", "")).partition(".")[0]
        raise refused(f"#/properties/{field}", error.message, error.hint) from None


class _Reader:
    """Reads the parts of one schema; ``chain`` are the references that led to a part."""

    def __init__(self, root: Schema) -> None:
        self._resolve = Resolver(root).resolved

    def fields(self, schema: object, at: str, chain: tuple[str, ...]) -> list[dict[str, Any]]:
        """The fields of an object's properties."""
        found, chain, _, _ = self._resolve(schema, at, chain)
        properties: dict[str, object] = found.get("properties", {})
        if not properties or type_of(found) != "object":
            raise refused(at, "an object with properties is expected", 'Write {"type": "object", "properties": {...}}.')
        required: list[str] = found.get("required", [])
        of_person = names_a_person(properties)
        made = [
            self._field(name, part, f"{at}/properties/{name}", chain, name in required, of_person)
            for name, part in properties.items()
        ]
        fields = [field for field in made if field]
        try:
            _check_names(found, [field["name"] for field in fields])
        except Unmet as unmet:
            raise unmet_at(unmet, at) from None
        follow_each_other(fields)
        return fields

    def _field(
        self,
        name: str,
        schema: object,
        at: str,
        chain: tuple[str, ...],
        is_required: bool,
        of_person: bool,
    ) -> dict[str, Any] | None:
        """A field; None for one that may be missing and would lead in a circle."""
        found, inner, nullable, _ = self._resolve(schema, at, chain)
        if is_circle(inner):
            if nullable:
                return {"name": name, "type": "enum", "options": {"values": [None]}, "optional": 0}
            if is_required:
                raise refused(at, "it refers to itself", "Let it be null, or leave it out of `required`.")
            return None
        kind = self._kind(name, found, at, inner, of_person=of_person)
        return {"name": name, "type": kind.type, "options": kind.options, "optional": _OPTIONAL if nullable else 0}

    def _kind(self, name: str, schema: Schema, at: str, chain: tuple[str, ...], *, of_person: bool = False) -> Kind:
        try:
            for keyword in ("const", "enum"):
                if keyword in schema:
                    return _given(schema, keyword)
            return self._typed(name, schema, at, chain, of_person=of_person)
        except Unmet as unmet:
            raise unmet_at(unmet, at) from None

    def _typed(self, name: str, schema: Schema, at: str, chain: tuple[str, ...], *, of_person: bool) -> Kind:
        match type_of(schema):
            case "object":
                return self._object(schema, at, chain)
            case "array":
                return self._list(name, schema, at, chain)
            case "integer":
                return number_kind(name, schema, whole=True)
            case "number":
                return number_kind(name, schema, whole=False)
            case "boolean":
                return Kind("boolean")
            case "null":
                return Kind("enum", {"values": [None]})
            case "string":
                return string_kind(name, schema, of_person=of_person)
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
        if least > schema.get("maxItems", least):
            raise Unmet("maxItems", f"minItems {least} is greater than maxItems {schema['maxItems']}")
        most = min(schema.get("maxItems", max(least, _ITEMS)), max(least, _MOST_ITEMS))
        item, inner, _, _ = self._resolve(schema.get("items", {}), f"{at}/items", chain)
        if is_circle(inner) or not most:
            if least:
                raise Unmet("items", "it refers to itself")
            return Kind("enum", {"values": [[]]})
        least = max(least, 1)
        if type_of(item) == "object" and item.get("properties") and not {"const", "enum"} & item.keys():
            if schema.get("uniqueItems") and least > 1:
                raise Unmet("uniqueItems", "a list of objects that all differ can't be made")
            most = 1 if schema.get("uniqueItems") else most
            return _nested(self.fields(item, f"{at}/items", inner), {"min": least, "max": most})
        kind = self._kind(name, item, f"{at}/items", inner)
        if most * max(map(_leaves, kind.options.get("values", [0]))) > _MOST_VALUES:
            raise Unmet("items", f"a list with more than {_MOST_VALUES} values in it can't be made")
        return Kind("enum", {"values": _lists(kind, least, most, unique=schema.get("uniqueItems") is True)})


def _check_names(schema: Schema, names: Sequence[str]) -> None:
    """Whether an object with properties of these names is one of the schema. Raises Unmet."""
    for keyword in ("patternProperties", "propertyNames", "const", "enum"):
        if keyword in schema:
            raise Unmet(keyword, "rows that keep to this keyword can't be made", "Say it in `properties`.")
    missing = [name for name in schema.get("required", []) if name not in names]
    if missing:
        raise Unmet("required", f"there is no property {missing[0]!r:.80}", "Describe it in `properties`.")
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", len(names))
    if not least <= len(names) <= most:
        keyword = "minProperties" if len(names) < least else "maxProperties"
        raise Unmet(keyword, f"a row has all of its properties, {len(names)}", "Describe as many in `properties`.")


def _given(schema: Schema, keyword: str) -> Kind:
    """A choice of the values that are given, as far as they meet the other keywords."""
    rest = {key: value for key, value in schema.items() if key not in (keyword, "nullable")}
    values = [schema["const"]] if keyword == "const" else schema["enum"]
    fitting = [value for value in values if admits(value, rest)]
    if not fitting:
        raise Unmet(keyword, "none of its values meets the other keywords")
    return Kind("enum", {"values": fitting})


def _nested(fields: Sequence[dict[str, Any]], count: dict[str, int] | None = None) -> Kind:
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
