"""Small templates, and blocks of them as Python values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dm_mcp.generation.columns import BLOCK
from dm_mcp.generation.compiled import CompiledTemplate, compile_template
from dm_mcp.generation.registry import Place, find_type
from dm_mcp.generation.render.values import to_python, to_rows
from dm_mcp.generation.surroundings import NOWHERE, Surroundings
from dm_mcp.generation.template import Template, parse_template

SHIPPED = Path(__file__).parents[2] / "scenarios" / "templates"


class Workspace(Surroundings):
    """Templates by id and files by path, as a workspace has them; and code may run, as in a worker."""

    runs_code = True

    def __init__(self, files: dict[str, str] | None = None, dm: Any = None, **templates: list[dict[str, Any]]) -> None:
        super().__init__()
        self._templates = templates
        self._files = files or {}
        self._dm = dm

    def template(self, template_id: str) -> Template:
        """The template of that id."""
        if template_id not in self._templates:
            return super().template(template_id)
        return parse_template({"id": template_id, "name": template_id, "fields": self._templates[template_id]})

    def read_file(self, path: str) -> str:
        """The text of that file."""
        return self._files[path] if path in self._files else super().read_file(path)

    def dm(self) -> Any:
        """What a test gave for it."""
        return self._dm


def template(*fields: dict[str, Any], locale: str = "en_US") -> Template:
    """A template of these fields."""
    return parse_template({"id": "tmpl_test", "name": "Test", "locale": locale, "fields": list(fields)})


def compiled(*fields: dict[str, Any], locale: str = "en_US", surroundings: Surroundings = NOWHERE) -> CompiledTemplate:
    """A compiled template of these fields."""
    return compile_template(template(*fields, locale=locale), surroundings)


def field(name: str, type_name: str, **options: Any) -> dict[str, Any]:
    """A field of these options."""
    return {"name": name, "type": type_name, "options": options}


def rows(made: CompiledTemplate, count: int, seed: int = 7, overrides: dict[str, Any] | None = None) -> list[Any]:
    """Rows as dictionaries."""
    return [row for block in made.blocks(count, seed, overrides) for row in to_rows(block)]


def values(
    type_name: str, count: int = 2000, options: dict[str, Any] | None = None, locale: str = "en_US", seed: int = 7
) -> list[Any]:
    """The values of one field of that type."""
    field = {"name": "value", "type": type_name, "options": options or {}}
    return [row["value"] for row in rows(compiled(field, locale=locale), count, seed)]


@dataclass(frozen=True)
class Numbered:
    """How many different values a field has, why, and a thousand of them at most: the first, and the last."""

    count: int | None
    reason: str
    values: list[Any]


def numbered(type_name: str, options: dict[str, Any] | None = None, locale: str = "en_US") -> Numbered:
    """The values of a field of that type by their numbers; those of a list as text."""
    cls = find_type(type_name)
    made = cls(cls.options_model.model_validate(options or {}), Place("value", locale, {"value": type_name}))
    distinct = made.distinct()
    if distinct is None:
        return Numbered(None, "", [])
    half = min(500, -(-distinct.count // 2))
    numbers = [*range(half), *range(distinct.count - min(500, distinct.count // 2), distinct.count)]
    column = made.numbered(np.array(numbers, np.int64))
    return Numbered(distinct.count, distinct.reason, to_python(column, len(numbers)))


__all__ = ["BLOCK", "SHIPPED", "Numbered", "Workspace", "compiled", "field", "numbered", "rows", "template", "values"]
