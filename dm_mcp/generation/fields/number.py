"""Field types for numbers and truth values: number, float, boolean."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from dm_mcp.generation.as_text import text_parts
from dm_mcp.generation.columns import BooleanColumn, Column, FloatColumn, IntegerColumn, Ints, TextColumn
from dm_mcp.generation.distributions import Distribution, Scale, Uniform, check_distribution, sampler
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import unit_floats

__all__ = ["Boolean", "BooleanOptions", "Float", "FloatOptions", "Number", "NumberOptions"]

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


_UNIFORM = Uniform(kind="uniform")

_MOST_NUMBERED = 2**63 - 1
"""Values that an int64 can number."""


class NumberOptions(Options):
    """Both ends are included; ``stringify`` makes text of the numbers; ``distribution``: how they spread."""

    min: Int64 = 0
    max: Int64 = 1000
    stringify: bool = False
    distribution: Distribution = _UNIFORM

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is greater than max {self.max}")
        check_distribution(self.distribution, self.scale)
        return self

    @property
    def scale(self) -> Scale:
        """The numbers between the ends."""
        return Scale(float(self.min), float(self.max), self.max - self.min + 1)


@field_type("number", "integer", "int")
class Number(FieldType[NumberOptions]):
    """A whole number from ``min`` to ``max``, e.g. ``{"min": 18, "max": 99}`` gives 42.

    Each is as likely, unless ``distribution`` says otherwise:
    ``{"max": 99, "distribution": {"kind": "normal", "mean": 40, "sd": 12}}``.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: NumberOptions, place: Place) -> None:
        super().__init__(options, place)
        self._draw = sampler(options.distribution, options.scale, place)

    def column_type(self) -> ColumnType:
        """Whole numbers of 64 bits, or text."""
        return ColumnType.TEXT if self.options.stringify else ColumnType.INTEGER

    def distinct(self) -> Distinct | None:
        """The numbers between the ends, where each is as likely."""
        if self.options.distribution.kind != "uniform":
            return None
        count = min(self.options.scale.count, _MOST_NUMBERED)
        return Distinct(count, f"whole numbers from {self.options.min} to {self.options.max}")

    def numbered(self, numbers: Ints) -> Column:
        """From the lower end up."""
        values = IntegerColumn(numbers + self.options.min)
        return TextColumn(text_parts(values, len(numbers))) if self.options.stringify else values

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return self.numbered(self._draw(context.words()))


class FloatOptions(Options):
    """Both ends are included; ``precision``: the number of decimal places; ``distribution``: how the numbers spread."""

    min: float = 0.0
    max: float = 1000.0
    precision: int = Field(default=2, ge=0, le=15)
    distribution: Distribution = _UNIFORM

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min:g} is greater than max {self.max:g}")
        if max(abs(self.min), abs(self.max)) * 10**self.precision > 2**53:
            raise ValueError(
                f"min {self.min:g} and max {self.max:g} have more than the 15 digits of a float at precision"
                f" {self.precision}"
            )
        low, high = self.steps
        if low > high:
            raise ValueError(
                f"no number with precision {self.precision} lies between min {self.min!r} and max {self.max!r}"
            )
        check_distribution(self.distribution, self.scale)
        return self

    @property
    def steps(self) -> tuple[int, int]:
        """The ends in units of the last decimal place."""
        scale = 10**self.precision
        return math.ceil(round(self.min * scale, 6)), math.floor(round(self.max * scale, 6))

    @property
    def scale(self) -> Scale:
        """The numbers between the ends."""
        low, high = self.steps
        return Scale(low / 10**self.precision, high / 10**self.precision, high - low + 1)


@field_type("float", "double")
class Float(FieldType[FloatOptions]):
    """A fraction from ``min`` to ``max``, e.g. ``{"min": 0, "max": 1, "precision": 3}`` gives 0.417.

    Each is as likely, unless ``distribution`` says otherwise, as that of a number.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: FloatOptions, place: Place) -> None:
        super().__init__(options, place)
        self._low, _ = options.steps
        self._draw = sampler(options.distribution, options.scale, place)

    def column_type(self) -> ColumnType:
        """Floats of 64 bits."""
        return ColumnType.FLOAT

    def distinct(self) -> Distinct | None:
        """The decimals between the ends, where each is as likely."""
        if self.options.distribution.kind != "uniform":
            return None
        options = self.options
        reason = f"numbers of {options.precision} decimal places from {options.min:g} to {options.max:g}"
        return Distinct(options.scale.count, reason)

    def numbered(self, numbers: Ints) -> Column:
        """The nearest float to a decimal, which prints with no more places than asked for."""
        return FloatColumn((numbers + self._low).astype(np.float64) / 10.0**self.options.precision)

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return self.numbered(self._draw(context.words()))


class BooleanOptions(Options):
    """``true`` is the share of true values, from 0 to 1."""

    true: float = Field(default=0.5, ge=0, le=1)


@field_type("boolean", "bool")
class Boolean(FieldType[BooleanOptions]):
    """True or false, e.g. ``{"true": 0.9}`` for nine true values in ten."""

    localised: ClassVar[bool] = False

    def column_type(self) -> ColumnType:
        """Booleans."""
        return ColumnType.BOOLEAN

    def distinct(self) -> Distinct:
        """Both, or the one that there is."""
        return Distinct(2, "true and false") if 0 < self.options.true < 1 else Distinct(1, "one truth value")

    def numbered(self, numbers: Ints) -> Column:
        """True first."""
        return BooleanColumn((numbers == 0) & (self.options.true > 0))

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return BooleanColumn(unit_floats(context.words()) < self.options.true)
