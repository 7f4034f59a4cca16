"""What a zygote does before its first fork, so that no run has to: read vocabularies, compile, render once."""

from __future__ import annotations

from collections.abc import Iterable

from dm_mcp.errors import DmError
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.registry import field_types
from dm_mcp.generation.render.copy import CopyEncoder, CopyTarget
from dm_mcp.generation.rows import Rows
from dm_mcp.generation.template import parse_template

__all__ = ["warm"]


def warm(locales: Iterable[str]) -> None:
    """Make a row of each field type in each locale and render it; what a locale can't do is left to who asks for it."""
    for locale in locales:
        for name in field_types():
            _make_one(locale, [{"name": name, "type": name}])
        names = [{"name": name, "type": name} for name in ("first_name", "last_name", "email")]
        _make_one(locale, names)


def _make_one(locale: str, fields: list[dict[str, str]]) -> None:
    try:
        compiled = compile_template(parse_template({"id": "warm", "name": "warm", "locale": locale, "fields": fields}))
        rows = Rows(compiled.blocks(1, 0), compiled.schema)
        for block in rows.blocks():
            CopyEncoder([CopyTarget(name, "text") for name in block.names], "warm").encode(block, 1)
    except DmError:
        return  # a type that needs options
