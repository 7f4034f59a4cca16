"""Field types that count: sequence."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from dm_mcp.generation.columns import Column, IntegerColumn, TextColumn, TextPart
from dm_mcp.generation.registry import BlockContext, FieldType, Options, field_type
from dm_mcp.generation.render.digits import decimal_text
from dm_mcp.generation.render.parts import slices_of
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import digits

__all__ = ["Sequence", "SequenceOptions"]

_LARGEST = 2**53


class SequenceOptions(Options):
    """``start`` is the first row's number and ``step`` what each row adds to it.

    With a ``prefix`` or a ``width`` the values are text: the prefix, then the number with zeros in front up to that
    width.
    """

    start: int = Field(default=1, ge=-_LARGEST, le=_LARGEST)
    step: int = Field(default=1, ge=-(2**31), le=2**31)
    prefix: str = ""
    width: int = Field(default=0, ge=0, le=18)

    @field_validator("step")
    @classmethod
    def _moving(cls, step: int) -> int:
        if not step:
            raise ValueError("step is 0, so that all rows would have the same number")
        return step


@field_type("sequence", "serial")
class Sequence(FieldType[SequenceOptions]):
    """Numbers one after the other, e.g. ``{"prefix": "INV-", "width": 6}`` gives "INV-000001".

    Each request starts anew, so that the same seed gives the same rows.
    """

    always_unique: ClassVar[bool] = True
    localised: ClassVar[bool] = False

    def column_type(self) -> ColumnType:
        """Whole numbers; text with a prefix or a width."""
        return ColumnType.TEXT if self.options.prefix or self.options.width else ColumnType.INTEGER

    def make(self, context: BlockContext) -> Column:
        """The number of the row; draws nothing."""
        values = context.row_numbers * self.options.step + self.options.start
        if self.column_type() is ColumnType.INTEGER:
            return IntegerColumn(values)
        width = self.options.width
        number: TextPart = decimal_text(values)
        if width and len(values):
            short = values.min() >= 0 and values.max() < 10**width
            number = digits(values, width) if short else slices_of([b"%0*d" % (width, n) for n in values.tolist()])
        return TextColumn((self.options.prefix, number) if self.options.prefix else (number,))
