"""Field types that choose from a list: enum."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Self, cast

import numpy as np
from pydantic import Field, model_validator

from dm_mcp.generation.columns import Choices, Column, Ints, Picked, PickedColumn, Pool, TextColumn
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser, check_weights

__all__ = ["Enum", "EnumOptions"]


class EnumOptions(Options):
    """``weights`` are relative, one a value; without them all values are as likely."""

    values: list[Any] = Field(min_length=1, max_length=100_000)
    weights: list[float] | None = None

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        if self.weights is not None:
            check_weights(self.weights, len(self.values))
        return self


@field_type("enum", "custom", "choice")
class Enum(FieldType[EnumOptions]):
    """One of a list of values, e.g. ``{"values": ["new", "paid", "sent"], "weights": [1, 3, 6]}`` gives "sent".

    The values may be of any JSON type; null is one of them. "custom" is another name of this type.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: EnumOptions, place: Place) -> None:
        super().__init__(options, place)
        weights = options.weights or [1.0] * len(options.values)
        self._chooser = Chooser(weights)
        firsts: dict[object, int] = {}
        for i, (value, weight) in enumerate(zip(options.values, weights, strict=True)):
            if weight:
                firsts.setdefault(_identity(value), i)
        self._different = np.array(list(firsts.values()), np.int64)
        texts = [value for value in options.values if isinstance(value, str)]
        self._pool = Pool(texts) if len(texts) == len(options.values) else None
        self._choices = Choices(options.values)

    def column_type(self) -> ColumnType:
        """What all the values are, nulls aside; JSON if they differ."""
        kinds = {cast("type[object]", type(value)) for value in self.options.values if value is not None}
        if kinds == {str}:
            return ColumnType.TEXT
        if kinds == {bool}:
            return ColumnType.BOOLEAN
        if kinds == {int}:
            return ColumnType.INTEGER
        return ColumnType.FLOAT if kinds and kinds <= {int, float} else ColumnType.JSON

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return self._picked(self._chooser.pick(context.words()))

    def distinct(self) -> Distinct:
        """The values that differ and have a weight."""
        return Distinct(len(self._different), f"{len(self._different)} different values")

    def numbered(self, numbers: Ints) -> Column:
        """In the order of the list."""
        return self._picked(self._different[numbers])

    def _picked(self, indices: Ints) -> Column:
        if self._pool is not None:
            return TextColumn((Picked(self._pool, indices),))
        return PickedColumn(self._choices, indices)


def _identity(value: object) -> object:
    """What only equal values share: 1 and 1.0 do, 1 and true don't."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True, default=str), dict
    return value, isinstance(value, bool)
