"""JSON Schema in place of a template: objects that the schema describes become fields.

Every row is an instance of the schema: a property that may be null is null in some rows, and one that may be missing
is there, for a row has all its fields. Keywords that only annotate are passed over.
https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from dm_mcp.errors import TemplateError
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.json_keywords import check_keywords
from dm_mcp.generation.json_kinds import Kind, Unmet
from dm_mcp.generation.json_merge import admits, apart, merged
from dm_mcp.generation.json_names import follow_each_other, names_a_person
from dm_mcp.generation.json_numbers import number_kind
from dm_mcp.generation.json_strings import string_kind
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
_MOST_REFERENCES = 100
"""One after the other."""
_MOST_PARTS = 10_000
"""Parts of a schema, each as often as it is referred to."""
_MOST_VALUES = 1000
"""Of a list and the lists in it."""
_LISTS = 100
"""So many lists of plain values to pick from."""
_NULL = {"type": "null"}

Schema = dict[str, Any]


class _Found(NamedTuple):
    """A schema without references and alternatives, the references on the way, and whether it lets null be.

    None where it says nothing of null.
    """

    schema: Schema
    chain: tuple[str, ...]
    nullable: bool | None


def template_from_schema(schema: object, id: str = "inline") -> Template:  # noqa: A002 - a template's key
    """The template whose rows are instances of the schema, an object with properties.

    Of alternatives the first is taken. Types come from ``type``, ``format``, ``enum``, ``const``, ``pattern``, the
    limits of numbers, lengths and lists, and for a string without any of them from its name: ``email`` holds emails.
    Raises TemplateError, with a JSON pointer, for what is no schema of an object or can't be met.
    """
    root = _checked(schema, "#")
    try:
        fields = _Reader(root).fields(root, "#", ())
    except RecursionError:
        raise _error("#", "values in it are nested too deep") from None
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
        if not properties or _type(found) != "object":
            raise _error(at, "an object with properties is expected", 'Write {"type": "object", "properties": {...}}.')
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
            raise _unmet(unmet, at) from None
        follow_each_other(fields)
        return fields

    def _field(  # noqa: PLR0913, PLR0917
        self,
        name: str,
        schema: object,
        at: str,
        chain: tuple[str, ...],
        is_required: bool,  # noqa: FBT001
        of_person: bool,  # noqa: FBT001
    ) -> dict[str, Any] | None:
        """A field; None for one that may be missing and would lead in a circle."""
        found, inner, nullable = self._resolved(schema, at, chain)
        if _is_circle(inner):
            if nullable:
                return {"name": name, "type": "enum", "options": {"values": [None]}, "optional": 0}
            if is_required:
                raise _error(at, "it refers to itself", "Let it be null, or leave it out of `required`.")
            return None
        kind = self._kind(name, found, at, inner, of_person=of_person)
        return {"name": name, "type": kind.type, "options": kind.options, "optional": _OPTIONAL if nullable else 0}

    def _resolved(self, schema: object, at: str, chain: tuple[str, ...]) -> _Found:
        self._parts += 1
        if self._parts > _MOST_PARTS or at.count("/") > _DEEPEST or len(chain) > _MOST_REFERENCES:
            raise _error(f"{at:.200}", "it is nested too deep, or refers to the same parts too often")
        own = _checked(schema, at)
        if _is_circle(chain):
            return _Found(own, chain, _own_null(own))
        parts: list[_Found] = []
        if "$ref" in own:
            reference = own.pop("$ref")
            parts.append(self._resolved(self._at(reference, at), at, (*chain, reference)))
        for i, part in enumerate(own.pop("allOf", [])):
            parts.append(self._resolved(part, f"{at}/allOf/{i}", chain))
            if _is_circle(parts[-1].chain):
                raise _error(f"{at}/allOf", "it refers to itself")
        any_of, one_of = own.pop("anyOf", None), own.pop("oneOf", None)
        try:
            rest = _all_of([*parts, _Found(own, chain, _own_null(own))])
            parts = [rest]
            if any_of is not None:
                parts.append(self._any_of(any_of, rest.schema, f"{at}/anyOf", chain))
            if one_of is not None:
                parts.append(self._one_of(one_of, _all_of(parts).schema, f"{at}/oneOf", chain))
            return _all_of(parts)
        except Unmet as unmet:
            raise _unmet(unmet, at) from None

    def _any_of(self, alternatives: list[Any], rest: Schema, at: str, chain: tuple[str, ...]) -> _Found:
        """The first alternative that goes with the rest of the schema."""
        with_null = _NULL in alternatives
        errors: list[Exception] = []
        for i, part in enumerate(alternatives):
            if part == _NULL and len(alternatives) > 1:
                continue
            try:
                found = self._resolved(part, f"{at}/{i}", chain)
                merged(rest, found.schema)
            except (Unmet, TemplateError) as error:
                errors.append(error)
            else:
                return found._replace(nullable=with_null or found.nullable)
        raise errors[0]

    def _one_of(self, alternatives: list[Any], rest: Schema, at: str, chain: tuple[str, ...]) -> _Found:
        """The first alternative whose values are certainly of no other one."""
        found = [self._resolved(part, f"{at}/{i}", chain) for i, part in enumerate(alternatives)]
        nullable = [each.nullable is not False for each in found].count(True) == 1
        some_null = any(each.nullable for each in found)
        for i in sorted(range(len(found)), key=lambda i: (found[i].schema == _NULL, _is_circle(found[i].chain))):
            try:
                mine = _not_null(merged(rest, found[i].schema))
            except Unmet:
                continue
            if all(apart(mine, other.schema) for other in (*found[:i], *found[i + 1 :])):
                return found[i]._replace(nullable=nullable and some_null)
        hint = "Write anyOf, or let them differ by their types or by a property with a const."
        raise _error(at, "a value of each alternative may be one of another too", hint)

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

    def _kind(self, name: str, schema: Schema, at: str, chain: tuple[str, ...], *, of_person: bool = False) -> Kind:
        try:
            for keyword in ("const", "enum"):
                if keyword in schema:
                    return _given(schema, keyword)
            return self._typed(name, schema, at, chain, of_person=of_person)
        except Unmet as unmet:
            raise _unmet(unmet, at) from None

    def _typed(self, name: str, schema: Schema, at: str, chain: tuple[str, ...], *, of_person: bool) -> Kind:
        match _type(schema):
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
        item, inner, _ = self._resolved(schema.get("items", {}), f"{at}/items", chain)
        if _is_circle(inner) or not most:
            if least:
                raise Unmet("items", "it refers to itself")
            return Kind("enum", {"values": [[]]})
        least = max(least, 1)
        if _type(item) == "object" and item.get("properties"):
            if schema.get("uniqueItems") and least > 1:
                raise Unmet("uniqueItems", "a list of objects that all differ can't be made")
            most = 1 if schema.get("uniqueItems") else most
            return _nested(self.fields(item, f"{at}/items", inner), {"min": least, "max": most})
        kind = self._kind(name, item, f"{at}/items", inner)
        if most * max(map(_leaves, kind.options.get("values", [0]))) > _MOST_VALUES:
            raise Unmet("items", f"a list with more than {_MOST_VALUES} values in it can't be made")
        return Kind("enum", {"values": _lists(kind, least, most, unique=schema.get("uniqueItems") is True)})


def _checked(schema: object, at: str) -> Schema:
    """A copy of the schema, once its keywords are known and of the right form.

    Drafts up to 4 have ``exclusiveMinimum: true`` beside the minimum, later ones the number itself, as it is then here.
    """
    if schema is True:
        return {}
    if not isinstance(schema, Mapping):
        raise _error(at, "a schema is an object")
    found = dict(cast("Schema", schema))
    try:
        check_keywords(found)
    except Unmet as unmet:
        raise _unmet(unmet, at) from None
    for inclusive, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive) and inclusive in found:
            found[exclusive] = found.pop(inclusive)
    return found


def _unmet(unmet: Unmet, at: str) -> TemplateError:
    return _error(f"{at}/{unmet.keyword}", unmet.reason, unmet.hint)


def _is_circle(chain: tuple[str, ...]) -> bool:
    return len(chain) != len(set(chain))


def _all_of(parts: Sequence[_Found]) -> _Found:
    """One schema of those that hold together. Raises Unmet where they contradict."""
    schema: Schema = {}
    for part in parts:
        schema = merged(schema, part.schema)
    circle = next((part.chain for part in parts if _is_circle(part.chain)), None)
    chain = tuple(dict.fromkeys(each for part in parts for each in part.chain))
    says = {part.nullable for part in parts}
    return _Found(schema, circle or chain, False if False in says else True if True in says else None)


def _own_null(schema: Schema) -> bool | None:
    """Whether its own type and values let null be."""
    if schema.get("const") is not None or None not in schema.get("enum", [None]):
        return False
    if not schema.get("type"):
        return True if schema.get("nullable") else None
    return "null" in _types(schema) or schema.get("nullable") is True  # as OpenAPI 3.0 has it


def _types(schema: Schema) -> list[str]:
    types: str | list[str] = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def _not_null(schema: Schema) -> Schema:
    """What it is but for null, if it is anything else."""
    others = [each for each in _types(schema) if each != "null"]
    return {**schema, "type": others} if others else schema


def _type(schema: Schema) -> str:
    """The first that it says, or what its other keywords are for."""
    if schema.get("type"):
        return _types(_not_null(schema))[0]
    if "properties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    limits = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    return "number" if limits & schema.keys() else "string"


def _check_names(schema: Schema, names: Sequence[str]) -> None:
    """Whether an object with properties of these names is one of the schema. Raises Unmet."""
    for keyword in ("patternProperties", "propertyNames"):
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
