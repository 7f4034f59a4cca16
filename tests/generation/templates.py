"""Small templates, and blocks of them as Python values."""

from pathlib import Path
from typing import Any

from dm_mcp.generation.columns import BLOCK
from dm_mcp.generation.compiled import CompiledTemplate, compile_template
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.template import Template, parse_template

SHIPPED = Path(__file__).parents[2] / "scenarios" / "templates"


def template(*fields: dict[str, Any], locale: str = "en_US") -> Template:
    """A template of these fields."""
    return parse_template({"id": "tmpl_test", "name": "Test", "locale": locale, "fields": list(fields)})


def compiled(*fields: dict[str, Any], locale: str = "en_US") -> CompiledTemplate:
    """A compiled template of these fields."""
    return compile_template(template(*fields, locale=locale))


def rows(made: CompiledTemplate, count: int, seed: int = 7, overrides: dict[str, Any] | None = None) -> list[Any]:
    """Rows as dictionaries."""
    return [row for block in made.blocks(count, seed, overrides) for row in to_rows(block)]


def values(
    type_name: str, count: int = 2000, options: dict[str, Any] | None = None, locale: str = "en_US", seed: int = 7
) -> list[Any]:
    """The values of one field of that type."""
    field = {"name": "value", "type": type_name, "options": options or {}}
    return [row["value"] for row in rows(compiled(field, locale=locale), count, seed)]


__all__ = ["BLOCK", "SHIPPED", "compiled", "rows", "template", "values"]
