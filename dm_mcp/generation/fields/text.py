"""Field types for text without a meaning: random_string, regex, null."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from dm_mcp.generation.codes import DIGITS, LETTERS, LOWER, UPPER, Codes
from dm_mcp.generation.columns import Choices, Column, Ints, PickedColumn, TextColumn
from dm_mcp.generation.regex_shapes import Expression, expression
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, NoOptions, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType

__all__ = ["Null", "RandomString", "RandomStringOptions", "Regex", "RegexOptions"]

_ALPHABETS = {
    "alphanumeric": LETTERS + DIGITS,
    "letters": LETTERS,
    "lower": LOWER,
    "upper": UPPER,
    "digits": DIGITS,
    "hex": DIGITS + "abcdef",
}


class RandomStringOptions(Options):
    """Characters: from ``min`` to ``max``, each length as likely, of ``alphabet``."""

    min: int = Field(default=8, ge=0, le=1000)
    max: int = Field(default=16, ge=1, le=1000)
    alphabet: Literal["alphanumeric", "letters", "lower", "upper", "digits", "hex"] = "alphanumeric"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is greater than max {self.max}")
        return self


@field_type("random_string", "string")
class RandomString(FieldType[RandomStringOptions]):
    """Random characters, e.g. ``{"min": 6, "max": 6, "alphabet": "hex"}`` gives "9f04c1"."""

    localised: ClassVar[bool] = False

    def __init__(self, options: RandomStringOptions, place: Place) -> None:
        super().__init__(options, place)
        alphabet = _ALPHABETS[options.alphabet]
        self._codes = Codes([[alphabet] * length for length in range(options.min, options.max + 1)])

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct:
        """Every text of these lengths, as far as they can be numbered."""
        options = self.options
        lengths = f"{options.min}" if options.min == options.max else f"{options.min} to {options.max}"
        return Distinct(self._codes.count, f"{lengths} characters ({options.alphabet})")

    def numbered(self, numbers: Ints) -> Column:
        """Short texts first."""
        return TextColumn((self._codes.numbered(numbers),))

    def make(self, context: BlockContext) -> Column:
        """A word for the length, and one for each four characters."""
        return TextColumn((self._codes.draw(context.words(self._codes.words_a_row)),))


class RegexOptions(Options):
    """``pattern``: a regular expression that the whole text matches."""

    pattern: str

    @field_validator("pattern")
    @classmethod
    def _satisfiable(cls, pattern: str) -> str:
        expression(pattern)
        return pattern


@field_type("regex")
class Regex(FieldType[RegexOptions]):
    r"""Text that a regular expression matches as a whole, e.g. ``{"pattern": "[A-Z]{3}-\\d{4}"}`` gives "KBX-0931".

    Alternatives are as likely as each other, and so are lengths. ``*`` and ``+`` repeat at most ten times, ``{3,}`` at
    most ten times more than it must. ``.`` and what a negated set leaves are printable ASCII, ``\w`` and ``\d`` are of
    ASCII, and ``\s`` is a space. Lookarounds, references back, flags and conditions can't be had.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: RegexOptions, place: Place) -> None:
        super().__init__(options, place)
        self._expression: Expression = expression(options.pattern)
        self._codes = Codes(self._expression.shapes, self._expression.weights)

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The texts that match, where no two ways through the pattern lead to the same one."""
        if not self._expression.unambiguous:
            return None
        return Distinct(self._codes.count, f"texts that match {self.options.pattern}")

    def numbered(self, numbers: Ints) -> Column:
        """In the order of the pattern's alternatives and lengths."""
        return TextColumn((self._codes.numbered(numbers),))

    def make(self, context: BlockContext) -> Column:
        """A word for the way through the pattern, and one for each four characters."""
        return TextColumn((self._codes.draw(context.words(self._codes.words_a_row)),))


@field_type("null")
class Null(FieldType[NoOptions]):
    """Null in every row, e.g. for a column that an application fills in later."""

    localised: ClassVar[bool] = False

    _NULLS = Choices([None])

    def column_type(self) -> ColumnType:
        """Text, of which there is none."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """Draws nothing."""
        return PickedColumn(self._NULLS, np.zeros(context.rows, np.int64))
