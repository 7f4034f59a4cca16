"""The field type for payment cards: credit_card_number."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import numpy as np

from dm_mcp.generation.codes import Ranges
from dm_mcp.generation.columns import Bytes, Column, Ints, Slices, TextColumn
from dm_mcp.generation.fields.check_digits import luhn, with_check
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser, below, digits

__all__ = ["CreditCardNumber", "CreditCardNumberOptions"]

Issuer = Literal["visa", "mastercard", "amex", "discover", "maestro", "jcb", "diners", "unionpay"]


class _Cards(NamedTuple):
    """How an issuer's numbers begin (from, to; both of one length), how long they are, and how they are grouped."""

    prefixes: tuple[tuple[int, int], ...]
    length: int
    groups: tuple[int, ...]
    weight: float
    """How frequent they are among all cards, roughly."""


_FOURS = (4, 8, 12)
_ISSUERS: dict[str, _Cards] = {
    "visa": _Cards(((4, 4),), 16, _FOURS, 50),
    "mastercard": _Cards(((51, 55), (2221, 2720)), 16, _FOURS, 30),
    "amex": _Cards(((34, 34), (37, 37)), 15, (4, 10), 8),
    "discover": _Cards(((6011, 6011), (644, 649), (65, 65)), 16, _FOURS, 4),
    "maestro": _Cards(((5018, 5018), (5020, 5020), (5038, 5038), (6304, 6304), (6759, 6763)), 16, _FOURS, 3),
    "jcb": _Cards(((3528, 3589),), 16, _FOURS, 2),
    "diners": _Cards(((300, 305), (36, 36), (38, 39)), 14, (4, 10), 1),
    "unionpay": _Cards(((62, 62),), 16, _FOURS, 2),
}
"""Issuer identification numbers (ISO/IEC 7812-1) as the networks publish them for merchants."""


class _Maker:
    """The numbers of one issuer."""

    def __init__(self, cards: _Cards, formatted: bool) -> None:
        self._width = cards.length - 1
        scales = [10 ** (self._width - len(str(first))) for first, _ in cards.prefixes]
        ends = zip(cards.prefixes, scales, strict=True)
        self._bodies = Ranges([(first * scale, (last + 1) * scale - 1) for (first, last), scale in ends])
        self._cuts = cards.groups if formatted else ()
        self.count = self._bodies.count

    def make(self, numbers: Ints) -> Bytes:
        """The cards of these numbers, below `count`."""
        body = digits(self._bodies.at(numbers)[0], self._width)
        return np.insert(with_check(body, luhn(body)), self._cuts, ord(" "), axis=1)


class CreditCardNumberOptions(Options):
    """``issuer``: one of the networks, or a mix of all; ``formatted``: in groups, as on the card."""

    issuer: Issuer | None = None
    formatted: bool = False


@field_type("credit_card_number")
class CreditCardNumber(FieldType[CreditCardNumberOptions]):
    """A card's number with a right check digit, e.g. ``{"issuer": "visa"}`` gives "4539578763621486".

    Beginning and length are the issuer's, the last digit is that of Luhn (ISO/IEC 7812-1). Numbers are drawn, and
    belong to somebody only by chance.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: CreditCardNumberOptions, place: Place) -> None:
        super().__init__(options, place)
        issuers = [_ISSUERS[options.issuer]] if options.issuer else list(_ISSUERS.values())
        self._makers = [_Maker(cards, options.formatted) for cards in issuers]
        self._chooser = Chooser([cards.weight for cards in issuers])
        self._all = Ranges([(0, maker.count - 1) for maker in self._makers])

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct:
        """All that begin as the issuer's do."""
        return Distinct(self._all.count, f"card numbers of {self.options.issuer or 'all issuers'}")

    def numbered(self, numbers: Ints) -> Column:
        """Issuer by issuer."""
        return self._column(*self._all.at(numbers))

    def make(self, context: BlockContext) -> Column:
        """A word for the issuer, and one for the number."""
        issuer = self._chooser.pick(context.words())
        words = context.words(lane=1)
        numbers = np.empty(context.rows, np.int64)
        for i, maker in enumerate(self._makers):
            rows = issuer == i
            numbers[rows] = below(words[rows], maker.count).view(np.int64)
        return self._column(numbers, issuer)

    def _column(self, numbers: Ints, issuer: Ints) -> Column:
        if len(self._makers) == 1:
            return TextColumn((self._makers[0].make(numbers),))
        width = 19
        text = np.zeros((len(numbers), width), np.uint8)
        size = np.zeros(len(numbers), np.int64)
        for i, maker in enumerate(self._makers):
            rows = issuer == i
            made = maker.make(numbers[rows])
            text[rows, : made.shape[1]] = made
            size[rows] = made.shape[1]
        return TextColumn((Slices(text.reshape(-1), np.arange(len(numbers), dtype=np.int64) * width, size),))
