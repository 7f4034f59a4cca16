"""Field types that translate another field's values: mapped."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import numpy as np
from pydantic import Field

from dm_mcp.generation.columns import Choices, Column, Picked, PickedColumn, Pool, TextColumn
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.render.column_type import value_type
from dm_mcp.generation.render.text import scalar_text
from dm_mcp.generation.render.values import to_python
from dm_mcp.generation.schema import ColumnType

__all__ = ["Mapped", "MappedOptions"]


class MappedOptions(Options):
    """``field`` is the field whose value is looked up in ``map``; one that is not there gives ``default``, or null.

    The keys are the values as text: "true", "42", "2026-01-31".
    """

    field: str
    map: dict[str, Any] = Field(min_length=1, max_length=100_000)
    default: Any = None


@field_type("mapped")
class Mapped(FieldType[MappedOptions]):
    """What a table says of another field, e.g. ``{"field": "code", "map": {"DE": "Germany", "FR": "France"}}``."""

    localised: ClassVar[bool] = False

    def __init__(self, options: MappedOptions, place: Place) -> None:
        super().__init__(options, place)
        values = (*options.map.values(), options.default)
        self._index = {key: i for i, key in enumerate(options.map)}
        self._choices = Choices(values)
        texts = [value for value in values if isinstance(value, str)]
        self._pool = Pool(texts) if len(texts) == len(values) else None

    @classmethod
    def references(cls, options: MappedOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """The field that is looked up."""
        return (options.field,)

    def column_type(self) -> ColumnType:
        """What all the values are, nulls aside; JSON if they differ."""
        return value_type(self._choices.values) or ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """A look-up a row; draws nothing."""
        values = to_python(context.column(self.options.field), context.rows)
        if not all(type(value) is str for value in values):
            values = [scalar_text(value) for value in values]
        get, other = cast("Any", self._index).get, len(self._index)
        indices = np.array([get(value, other) for value in values], np.int64)
        if self._pool is not None:
            return TextColumn((Picked(self._pool, indices),))
        return PickedColumn(self._choices, indices)
