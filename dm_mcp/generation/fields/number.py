"""Field types for numbers and truth values: number, float, boolean."""

from __future__ import annotations

import math
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from dm_mcp.generation.columns import BooleanColumn, Column, FloatColumn, IntegerColumn
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import integers, unit_floats

__all__ = ["Boolean", "BooleanOptions", "Float", "FloatOptions", "Number", "NumberOptions"]

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


class NumberOptions(Options):
    """Both ends are included."""

    min: Int64 = 0
    max: Int64 = 1000

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is greater than max {self.max}")
        return self


@field_type("number")
class Number(FieldType[NumberOptions]):
    """A whole number from ``min`` to ``max``, each as likely, e.g. ``{"min": 18, "max": 99}`` gives 42."""

    def column_type(self) -> ColumnType:
        """Whole numbers of 64 bits."""
        return ColumnType.INTEGER

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return IntegerColumn(integers(context.words(), self.options.min, self.options.max))


class FloatOptions(Options):
    """Both ends are included; ``precision`` is the number of decimal places."""

    min: float = 0.0
    max: float = 1000.0
    precision: int = Field(default=2, ge=0, le=15)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min:g} is greater than max {self.max:g}")
        low, high = self.steps
        if low > high:
            raise ValueError(
                f"no number with precision {self.precision} lies between min {self.min!r} and max {self.max!r}"
            )
        if max(abs(low), abs(high)) > 2**53:
            raise ValueError(
                f"min {self.min:g} and max {self.max:g} have more than the 15 digits of a float at precision"
                f" {self.precision}"
            )
        return self

    @property
    def steps(self) -> tuple[int, int]:
        """The ends in units of the last decimal place."""
        scale = 10**self.precision
        return math.ceil(round(self.min * scale, 6)), math.floor(round(self.max * scale, 6))


@field_type("float")
class Float(FieldType[FloatOptions]):
    """A fraction from ``min`` to ``max``, each as likely, e.g. ``{"min": 0, "max": 1, "precision": 3}`` gives 0.417."""

    def __init__(self, options: FloatOptions, place: Place) -> None:
        super().__init__(options, place)
        self._low, self._high = options.steps

    def column_type(self) -> ColumnType:
        """Floats of 64 bits."""
        return ColumnType.FLOAT

    def make(self, context: BlockContext) -> Column:
        """One word a row; the nearest float to a decimal, which prints with no more places than asked for."""
        steps = integers(context.words(), self._low, self._high)
        return FloatColumn(steps.astype(np.float64) / 10.0**self.options.precision)


class BooleanOptions(Options):
    """``true`` is the share of true values, from 0 to 1."""

    true: float = Field(default=0.5, ge=0, le=1)


@field_type("boolean")
class Boolean(FieldType[BooleanOptions]):
    """True or false, e.g. ``{"true": 0.9}`` for nine true values in ten."""

    def column_type(self) -> ColumnType:
        """Booleans."""
        return ColumnType.BOOLEAN

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return BooleanColumn(unit_floats(context.words()) < self.options.true)
