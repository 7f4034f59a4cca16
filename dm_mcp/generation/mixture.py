"""A field in several locales: each row's words come from one of them, the same one for all fields of the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dm_mcp.generation.as_text import text_parts
from dm_mcp.generation.columns import Column, TextColumn, TextPart
from dm_mcp.generation.registry import BlockContext, FieldType
from dm_mcp.generation.render.values import null_rows
from dm_mcp.generation.streams import Chooser

__all__ = ["Mixture"]

_STREAM = "\0locale"
"""No field has this name."""


class Mixture:
    """A text field compiled for several locales, picked from by weight."""

    def __init__(self, fields: Sequence[FieldType[Any]], weights: Sequence[float]) -> None:
        self._fields = fields
        self._chooser = Chooser(weights)

    def make(self, context: BlockContext) -> Column:
        """Text made in each locale, empty where the row has another one."""
        words = context.request.stream(_STREAM).words(context.block, context.rows)
        locale = self._chooser.pick(words)
        parts: list[TextPart] = []
        null = np.zeros(context.rows, np.bool_)
        for i, field in enumerate(self._fields):
            column = field.make(context)
            elsewhere = locale != i
            missing = null_rows(column)
            if missing is not None:
                null |= missing & ~elsewhere
                elsewhere = elsewhere | missing
            parts += text_parts(replace(column, null=elsewhere), context.rows)
        return TextColumn(tuple(parts), null=null if null.any() else None)
