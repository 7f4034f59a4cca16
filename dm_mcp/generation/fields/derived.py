"""Field types that are made of the row's other fields: derived."""

from __future__ import annotations

import re

from pydantic import field_validator

from dm_mcp.generation.as_text import text_parts
from dm_mcp.generation.columns import Column, TextColumn, TextPart
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType

__all__ = ["Derived", "DerivedOptions"]

_FIELD = re.compile(r"\{\{\s*(.*?)\s*\}\}")


class DerivedOptions(Options):
    """``template``: text with the names of other fields in double braces."""

    template: str

    @field_validator("template")
    @classmethod
    def _well_formed(cls, template: str) -> str:
        names = _FIELD.findall(template)
        rest = _FIELD.sub("", template)
        if "{{" in rest or "}}" in rest:
            raise ValueError(f"template {template!r} has braces without a partner")
        if not all(names):
            raise ValueError(f"template {template!r} has braces without a field's name in them")
        if not names:
            raise ValueError(f"template {template!r} names no field; write one as {{{{first_name}}}}")
        return template


@field_type("derived")
class Derived(FieldType[DerivedOptions]):
    """Text made of the row's other fields, e.g. ``{"template": "{{first_name}} {{last_name}}"}`` gives "Anna Meier".

    Fields may stand before or after it; a null reads as nothing, a number or a date as in JSON.
    """

    def __init__(self, options: DerivedOptions, place: Place) -> None:
        super().__init__(options, place)
        self._pieces = _FIELD.split(options.template)

    @classmethod
    def references(cls, options: DerivedOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """The fields in braces."""
        return tuple(dict.fromkeys(_FIELD.findall(options.template)))

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """The parts of the columns in a row; draws nothing."""
        parts: list[TextPart] = []
        for i, piece in enumerate(self._pieces):
            if i % 2:
                parts += text_parts(context.column(piece), context.rows)
            elif piece:
                parts.append(piece)
        return TextColumn(tuple(parts))
