"""A template that stands where its name might: a list of fields, a template's content, a JSON Schema, a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dm_mcp.errors import TemplateError
from dm_mcp.generation.json_schema import template_from_schema
from dm_mcp.generation.template import Template, parse_template

__all__ = ["inline_template"]

_ID = "inline"


def inline_template(given: object) -> Template:
    """The template that was given. Raises TemplateError.

    A list holds fields; a dictionary with ``fields`` is a template, whose id and name may be missing, and any other one
    a JSON Schema; a pydantic model is what its ``model_json_schema`` says.
    """
    if isinstance(given, list | tuple):
        return parse_template({"id": _ID, "name": _ID, "fields": list(cast("list[object]", given))})
    if isinstance(given, Mapping):
        content = cast("Mapping[str, Any]", given)
        if "fields" in content:
            return parse_template({"id": _ID, "name": _ID, **content})
        return template_from_schema(content, _title(content))
    schema_of = getattr(given, "model_json_schema", None)
    if isinstance(given, type) and schema_of is not None:
        schema = cast("Mapping[str, Any]", schema_of())
        return template_from_schema(schema, _title(schema))
    raise TemplateError(
        f"a template can't be made of {type(given).__name__}.",
        hint="Give a template's name or id, a list of fields, a template, a JSON Schema or a pydantic model.",
    )


def _title(schema: Mapping[str, Any]) -> str:
    """The schema's title, for it makes the rows of one schema differ from those of another."""
    title = schema.get("title")
    return title if isinstance(title, str) and title.strip() else _ID
