"""Field types for the numbers of products: ean, isbn."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from faker.providers.isbn.en_US import Provider as IsbnProvider
from pydantic import Field, model_validator

from dm_mcp.generation.codes import Ranges
from dm_mcp.generation.columns import Column, Ints, TextColumn
from dm_mcp.generation.fields.check_digits import gs1, isbn_10, with_check
from dm_mcp.generation.fields.numbered import NumberedText
from dm_mcp.generation.registry import Distinct, Options, Place, field_type
from dm_mcp.generation.streams import digits

__all__ = ["Ean", "EanOptions", "Isbn", "IsbnOptions"]


class EanOptions(Options):
    """``length``: 13 or 8 digits; ``prefix``: the digits that all of them begin with."""

    length: Literal[13, 8] = 13
    prefix: str = Field(default="", pattern=r"^[0-9]*$")

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if len(self.prefix) >= self.length:
            raise ValueError(f"prefix {self.prefix!r} leaves no room for a check digit in {self.length} digits")
        return self


@field_type("ean")
class Ean(NumberedText[EanOptions]):
    """The number under a bar code, with a right check digit, e.g. ``{"prefix": "400"}`` gives "4006381333931".

    EAN-13 and EAN-8 are the GTIN-13 and GTIN-8 of the GS1 General Specifications. Numbers are drawn, and belong to a
    product only by chance; those that begin with 2 never do.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: EanOptions, place: Place) -> None:
        super().__init__(options, place)
        self._free = options.length - 1 - len(options.prefix)
        self._prefix = int(options.prefix or 0) * 10**self._free

    def distinct(self) -> Distinct:
        """All digits but prefix and check digit."""
        return Distinct(10**self._free, f"{self._free} free digits")

    def numbered(self, numbers: Ints) -> Column:
        """The prefix, the number, the check digit."""
        body = digits(numbers + self._prefix, self.options.length - 1)
        return TextColumn((with_check(body, gs1(body)),))


class IsbnOptions(Options):
    """``length``: 13 or 10 characters; ``formatted``: with hyphens where the ISBN Agency has them."""

    length: Literal[13, 10] = 13
    formatted: bool = False


_RULES = [
    (int(group + first[:7]) * 10, int(group + last[:7]) * 10 + 9, size)
    for group, rules in IsbnProvider.rules["978"].items()
    for first, last, size in rules
]
"""Group, registrant and title as numbers of nine digits: from, to, and the digits of the registrant in between."""

_BODIES = Ranges([(first, last) for first, last, _ in _RULES])
_HYPHEN = 13


def _layout(registrant: int) -> list[int]:
    """The columns of a number with hyphens, taken from one without: in 978-0-19-853453-2 the registrant is 19."""
    cuts = (3, 4, 4 + registrant, 12)
    return [column for at in range(13) for column in ((_HYPHEN, at) if at in cuts else (at,))]


_LAYOUTS = np.array([_layout(size) for _, _, size in _RULES])


@field_type("isbn")
class Isbn(NumberedText[IsbnOptions]):
    """The number of a book in English, e.g. ``{"formatted": true}`` gives "978-0-19-853453-2".

    The check digit is right (ISO 2108), and so are the hyphens (the ranges of the International ISBN Agency for the
    groups 978-0 and 978-1, as Faker has them). Numbers are drawn, and belong to a book only by chance.
    """

    localised: ClassVar[bool] = False

    def distinct(self) -> Distinct:
        """All numbers of the two groups."""
        return Distinct(_BODIES.count, "8 free digits in 2 groups")

    def numbered(self, numbers: Ints) -> Column:
        """By group, registrant and title."""
        values, rule = _BODIES.at(numbers)
        body = digits(values + 978 * 10**9, 12)
        check = gs1(body) if self.options.length == 13 else isbn_10(body[:, 3:])
        whole = with_check(body, check)
        if self.options.formatted:
            hyphen = np.full((len(whole), 1), ord("-"), np.uint8)
            whole = np.take_along_axis(np.concatenate([whole, hyphen], axis=1), _LAYOUTS[rule], axis=1)
        return TextColumn((whole[:, whole.shape[1] - self._width :],))

    @property
    def _width(self) -> int:
        # Without the prefix 978 and its hyphen, or with them.
        return self.options.length + ((4 if self.options.length == 13 else 3) if self.options.formatted else 0)
