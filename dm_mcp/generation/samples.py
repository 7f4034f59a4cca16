"""An example of each field type: options that its own description shows, and values that they make."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from dm_mcp.errors import DmError
from dm_mcp.generation.columns import Block
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.registry import canonical, field_types, find_type
from dm_mcp.generation.render.json_lines import json_lines
from dm_mcp.generation.surroundings import Surroundings
from dm_mcp.generation.template import Template, parse_template

__all__ = ["Sample", "Shop", "example_fields", "sample"]

_SEED = 7
_EXAMPLE = re.compile(r"e\.g\.\s+``(\{.*?\})``", re.IGNORECASE | re.DOTALL)
_IN_BRACES = re.compile(r"\{\{(.*?)\}\}")


_BESIDE: list[dict[str, Any]] = [
    {"name": "id", "type": "uuid"},
    {"name": "code", "type": "enum", "options": {"values": ["DE", "FR"]}},
]
"""Fields that examples name and that are called after no type."""


class Sample(NamedTuple):
    """Options and the JSON of values that they make; no values for a type that needs more than a few fields beside."""

    options: dict[str, Any]
    values: list[str]


class Shop(Surroundings):
    """The templates that examples refer to."""

    def template(self, template_id: str) -> Template:
        """One with an id, and the id of a customer."""
        fields = [{"name": "id", "type": "uuid"}, {"name": "customer_id", "type": "uuid"}]
        return parse_template({"id": template_id, "name": template_id, "fields": fields})


@cache
def sample(type_name: str, count: int = 3) -> Sample:
    """An example of the type, the same at any time. Raises KeyError for a type that there is not."""
    fields = example_fields(type_name)
    options = fields[-1]["options"]
    try:
        template = parse_template({"id": "sample", "name": "sample", "fields": fields})
        compiled = compile_template(template, Shop())
        blocks = [Block(("value",), (block.column("value"),), block.rows) for block in compiled.blocks(count, _SEED)]
        lines = [line for block in blocks for line in bytes(json_lines(block)).decode().split("\n")[:-1]]
    except DmError:
        return Sample(options, [])
    return Sample(options, [line.removeprefix('{"value":').removesuffix("}") for line in lines])


def example_fields(type_name: str) -> list[dict[str, Any]]:
    """The fields of a template: those that the example refers to, and ``value``. Raises KeyError as `sample` does."""
    options = _options(type_name)
    named = dict.fromkeys(_names(options))
    beside = [name for name in named if canonical(name) in field_types()]
    fields: list[dict[str, Any]] = [{"name": name, "type": name} for name in beside if name != type_name]
    fields += [field for field in _BESIDE if field["name"] in named]
    return [*fields, {"name": "value", "type": type_name, "options": options}]


def _options(type_name: str) -> dict[str, Any]:
    """The first example of the description, where it is one."""
    cls = find_type(type_name)
    for text in _EXAMPLE.findall(cls.__doc__ or ""):
        try:
            options = json.loads(text)
            cls.options_model.model_validate(options)
        except (ValueError, ValidationError):
            continue
        return options
    return {}


def _names(value: object) -> Iterator[str]:
    """The texts of the options, which may be names of other fields, and what stands in them in double braces."""
    if isinstance(value, str):
        yield value
        yield from _IN_BRACES.findall(value)
    elif isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _names(inner)
