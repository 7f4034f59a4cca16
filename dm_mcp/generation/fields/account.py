"""Field types for a user's account on a site: password, avatar."""

from __future__ import annotations

from typing import ClassVar, cast

import numpy as np
from pydantic import Field

from dm_mcp.generation.codes import DIGITS, LETTERS, LOWER, UPPER, Codes
from dm_mcp.generation.columns import Bytes, Column, Ints, TextColumn
from dm_mcp.generation.fields.numbered import NumberedText
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, NoOptions, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import octets

__all__ = ["Avatar", "Password", "PasswordOptions"]

_SYMBOLS = "!#$%*+-.:=?@_"
_CLASSES = [LOWER, UPPER, DIGITS, _SYMBOLS]


class PasswordOptions(Options):
    """``length``: how many characters."""

    length: int = Field(default=14, ge=4, le=128)


@field_type("password")
class Password(FieldType[PasswordOptions]):
    """Random characters, with a small and a capital letter, a digit and a symbol among them, e.g. "r7:Qx_w0Gt!bEa"."""

    localised: ClassVar[bool] = False

    def __init__(self, options: PasswordOptions, place: Place) -> None:
        super().__init__(options, place)
        others = [LETTERS + DIGITS + _SYMBOLS] * (options.length - len(_CLASSES))
        self._codes = Codes([_CLASSES + others])

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """A word for each four characters, and one to say where the characters of each class go."""
        text = cast("Bytes", self._codes.draw(context.words(self._codes.words_a_row)))  # as that of one plain shape is
        bits = octets(context.words(lane=1)).view("<u2").reshape(context.rows, -1).astype(np.int64)
        rows = np.arange(context.rows)
        for here in range(len(_CLASSES)):
            # The first steps of a shuffle; the characters behind them are all alike.
            there = here + (bits[:, here] * (self.options.length - here) >> 16)
            text[rows, here], text[rows, there] = text[rows, there], text[rows, here]
        return TextColumn((text,))


_PICTURES = Codes([["0123456789abcdef"] * 15])


@field_type("avatar")
class Avatar(NumberedText[NoOptions]):
    """The address of a user's picture, e.g. "https://avatars.example/5d41402abc4b2a7.png".

    The top-level domain is reserved for documentation (RFC 2606): there is no picture.
    """

    localised: ClassVar[bool] = False

    def distinct(self) -> Distinct:
        """All names of pictures."""
        return Distinct(_PICTURES.count, "15 hexadecimal digits")

    def numbered(self, numbers: Ints) -> Column:
        """In ascending order."""
        return TextColumn(("https://avatars.example/", _PICTURES.numbered(numbers), ".png"))
