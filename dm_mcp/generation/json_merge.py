"""Schemas that one value must all meet, put together as one; and whether a given value meets a schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from dm_mcp.generation.json_kinds import Unmet

__all__ = ["admits", "apart", "merged"]

Schema = dict[str, Any]


def _united(one: list[str], other: list[str]) -> list[str]:
    return list(dict.fromkeys([*one, *other]))


_TIGHTER: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    "required": _united,
    "uniqueItems": max,
}
"""What two schemas ask for together, by keyword."""

_SAME = ("const", "pattern", "format", "multipleOf", "prefixItems", "patternProperties", "propertyNames")
_OF_VALUES_INSIDE = {
    *("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    *("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
}


def merged(one: Schema, other: Schema) -> Schema:
    """A schema whose values are those of both; notes are the other's. Raises Unmet where they contradict."""
    both = {**one, **other}
    for keyword in [each for each in one if each in other]:
        a, b = one[keyword], other[keyword]
        if keyword in _TIGHTER:
            both[keyword] = _TIGHTER[keyword](a, b)
        elif keyword in _SAME and not _equal(a, b):
            raise Unmet(keyword, f"it is asked to be {a!r:.80} and {b!r:.80} at once", "Write one of them.")
        elif keyword == "type":
            both[keyword] = _common_types(_listed(a), _listed(b))
        elif keyword == "enum":
            both[keyword] = [value for value in a if any(_equal(value, each) for each in b)]
        elif keyword in ("items", "additionalProperties"):
            both[keyword] = _both(a, b)
    properties = _properties(one, other)
    return both | ({"properties": properties} if properties else {})


def _properties(one: Schema, other: Schema) -> Schema:
    """Those of both; what one of them doesn't name must be what it says of additional ones."""
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    found: Schema = {}
    for name in dict.fromkeys([*mine, *theirs]):
        beside = [
            each.get("additionalProperties", True) for each in (one, other) if name not in each.get("properties", {})
        ]
        if False in beside:
            raise Unmet("additionalProperties", f"it is false, so there can be no {name!r:.80}", "Name it there too.")
        parts = [*beside, *(each[name] for each in (mine, theirs) if name in each)]
        found[name] = _both(*parts) if len(parts) > 1 else parts[0]
    return found


def _both(one: Any, other: Any) -> Any:
    """A schema or a truth value that stands for both."""
    if one is False or other is False:
        return False
    if one is True or _equal(one, other):
        return other
    return one if other is True else {"allOf": [one, other]}


def _listed(types: str | list[str]) -> list[str]:
    return types if isinstance(types, list) else [types]


def _common_types(one: list[str], other: list[str]) -> list[str]:
    common = [each for each in one if each in other or (each == "integer" and "number" in other)]
    common += [each for each in other if each == "integer" and "number" in one and each not in common]
    if not common:
        raise Unmet("type", f"nothing is {' or '.join(one)} and {' or '.join(other)} at once")
    return common


def apart(one: Schema, other: Schema) -> bool:
    """Whether it is certain that no value of the first, with all its properties there, is one of the other.

    Neither has references or alternatives, but for those inside of properties.
    """
    first = [one["const"]] if "const" in one else one.get("enum")
    if first is not None:
        return not any(admits(value, other) for value in first)
    second = [other["const"]] if "const" in other else other.get("enum")
    if second is not None:
        return not any(admits(value, one) for value in second)
    if one.get("type") and other.get("type"):
        try:
            _common_types(_listed(one["type"]), _listed(other["type"]))
        except Unmet:
            return True
        if _listed(one["type"]) == ["object"]:
            return _differ(one.get("properties", {}), other)
        ends = [("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")]
        pairs = [(a, b, low, high) for low, high in ends for a, b in ((one, other), (other, one))]
        return any(low in a and high in b and a[low] > b[high] for a, b, low, high in pairs)
    return False


def _differ(properties: Schema, other: Schema) -> bool:
    """Whether a property can't be one of the other's, as one that says which of the alternatives it is."""
    theirs = other.get("properties", {})
    if other.get("additionalProperties") is False and properties.keys() - theirs.keys():
        return True
    pairs = [(part, theirs[name]) for name, part in properties.items() if name in theirs]
    if any(_is_plain(part) and _is_plain(its) and apart(part, its) for part, its in pairs):
        return True
    return bool(set(other.get("required", [])) - properties.keys())


def _is_plain(schema: object) -> bool:
    """Whether it is a schema without references and alternatives."""
    return isinstance(schema, dict) and {"$ref", "allOf", "anyOf", "oneOf"}.isdisjoint(cast("Schema", schema))


def admits(value: object, schema: Schema) -> bool:
    """Whether a given value meets a schema's keywords; of a list or an object its type alone is looked at.

    Raises Unmet for a list or an object where more is asked of what is inside.
    """
    if "const" in schema and not _equal(value, schema["const"]):
        return False
    if "enum" in schema and not any(_equal(value, each) for each in schema["enum"]):
        return False
    if schema.get("type") and not any(map(_is_of_type(value), _listed(schema["type"]))):
        return False
    match value:
        case bool() | None:
            return True
        case int() | float():
            return _admits_number(value, schema)
        case str():
            fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
            return fits and re.search(schema.get("pattern", ""), value) is not None
        case _:
            asked = next((each for each in schema if each in _OF_VALUES_INSIDE), None)
            if asked is not None:
                raise Unmet(asked, "it stands beside a list or an object that is given", "Leave it out there.")
            return True


def _admits_number(value: float, schema: Schema) -> bool:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    step = schema.get("multipleOf")
    return (
        low <= value <= high
        and (above is None or value > above)
        and (below is None or value < below)
        and (step is None or Decimal(repr(value)) % Decimal(repr(step)) == 0)
    )


def _is_of_type(value: object) -> Callable[[str], bool]:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    kind = "null" if value is None else kinds.get(type(value), "object")
    if isinstance(value, float) and value.is_integer():
        kind = "integer"
    return lambda name: name == kind or (name == "number" and kind == "integer")


def _equal(one: object, other: object) -> bool:
    """As JSON has it: true is not 1, and 1.0 is."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isinstance(one, bool) == isinstance(other, bool) and one == other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
