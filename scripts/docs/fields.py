"""The field types: their names for the README, and a section each for the page of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

from pydantic import BaseModel

from dm_mcp.generation.distributions import Distribution
from dm_mcp.generation.pattern import Pattern
from dm_mcp.generation.registry import FieldTypeInfo, field_types, find_type
from dm_mcp.generation.samples import sample
from dm_mcp.generation.template import Field
from scripts.docs.markdown import attribute_docstrings, from_docstring, one_line, table

__all__ = ["distributions", "keys", "names", "patterns", "reference"]

_SLOW = frozenset({"faker", "python"})
"""Fewer than 200,000 values a second, as benchmarks/bench_field_types.py measures them."""
_SHOWN = 80  # characters of a value


def names() -> str:
    """All names in a paragraph."""
    return ", ".join(f"`{name}`" for name in field_types()) + ".\n"


def reference() -> str:
    """Each type with its options and what an example makes."""
    return "\n".join(map(_section, field_types().values()))


def keys() -> str:
    """The keys that a field has whatever its type."""
    meaning = attribute_docstrings(Field)
    return table(("key", "meaning"), ((f"`{name}`", one_line(meaning[name])) for name in Field.model_fields))


def distributions() -> str:
    """Each kind of distribution, and what the shape of a pattern of time is."""
    return table(
        ("kind", "options", "how values spread"),
        (
            (f"`{kind}`", ", ".join(f"`{name}`" for name in _own_names(model)), one_line(model.__doc__))
            for kind, model in _kinds().items()
        ),
    )


def patterns() -> str:
    """The option of dates and moments that says when it is busy."""
    return from_docstring(Pattern.__doc__)


def _kinds() -> dict[str, type[BaseModel]]:
    union = get_args(Distribution)[0]
    return {get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(union)}


def _own_names(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items() if name != "kind")


def _section(info: FieldTypeInfo) -> str:
    parts = [f"## {info.name}\n", from_docstring(info.description)]
    if info.name in _SLOW:
        parts.append("Slow: fewer than 200,000 values a second.\n")
    if properties := cast("dict[str, dict[str, Any]]", info.options.get("properties", {})):
        required = info.options.get("required", [])
        options = find_type(info.name).options_model
        parts.append(
            table(("option", "takes", "default"), _options(properties, info.options.get("$defs", {}), required))
        )
        if "__doc__" in vars(options) and options.__doc__:
            parts.append(f"{one_line(options.__doc__)}\n")
    example = sample(info.name)
    if example.values:
        given = f"`{json.dumps(example.options, ensure_ascii=False)}` makes" if example.options else "It makes"
        parts.append(f"{given} {', '.join(f'`{_cut(value)}`' for value in example.values)}.\n")
    return "\n".join(parts)


def _options(
    properties: Mapping[str, dict[str, Any]], models: Mapping[str, Any], required: list[str]
) -> Iterator[tuple[str, str, str]]:
    for name, schema in properties.items():
        default = "needed" if name in required else f"`{json.dumps(schema.get('default'), ensure_ascii=False)}`"
        yield f"`{name}`", _takes(schema, models), "" if default == "`null`" else default


def _takes(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    """What a JSON Schema admits, in words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return "a [pattern](#patterns-of-time)" if name == Pattern.__name__ else _takes(models.get(name, {}), models)
    if "anyOf" in schema:
        told = [_takes(each, models) for each in schema["anyOf"] if each != {"type": "null"}]
        return " or ".join(dict.fromkeys(told))
    if "discriminator" in schema:
        return "a [distribution](#distributions)"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {_takes(schema.get('items', {}), models)}"
        case "object":
            keys = cast("dict[str, Any]", schema.get("properties", {}))
            return f"object with {', '.join(f'`{key}`' for key in keys)}" if keys else "object"
        case "integer":
            return f"whole number{_range(schema)}"
        case "number":
            return f"number{_range(schema)}"
        case "boolean":
            return "`true` or `false`"
        case "string":
            return {"date": "date", "date-time": "date and time"}.get(schema.get("format", ""), "text")
        case _:
            return "anything"


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and max(abs(low), abs(high)) < 2**53:
        return f" from {low} to {high}"
    if low is not None and abs(low) < 2**53:
        return f", {low} or more"
    return ""


def _cut(value: str) -> str:
    shown = value if len(value) <= _SHOWN else f"{value[: _SHOWN - 3]}..."
    return shown.replace("`", "'")
