"""The field type for bank accounts that any country can check: iban."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import field_validator

from dm_mcp.generation.columns import Bytes, Column, Ints, TextColumn
from dm_mcp.generation.fields import bban
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, Options, Place, closest, field_type
from dm_mcp.generation.schema import ColumnType

__all__ = ["Iban", "IbanOptions", "spaced"]


class IbanOptions(Options):
    """``country``: an ISO 3166 code, by default the locale's or else DE; ``formatted``: in groups of four."""

    country: str | None = None
    formatted: bool = False

    @field_validator("country")
    @classmethod
    def _known(cls, country: str | None) -> str | None:
        if country is not None and country.upper() not in bban.STRUCTURES:
            hint = closest(country.upper(), list(bban.STRUCTURES))
            raise ValueError(f"country {country!r} has no iban here. {hint}".rstrip())
        return country and country.upper()


@field_type("iban")
class Iban(FieldType[IbanOptions]):
    """An iban with right check digits, e.g. ``{"country": "DE"}`` gives "DE89370400440532013000".

    The check digits are those of ISO 13616 (ISO 7064, MOD 97-10); the national ones inside are right for BA, BE, EE,
    ES, FI, FR, IT, MC, ME, MK, NO, PL, PT, RS, SI, SM, TL and XK. Banks and accounts are drawn, and belong to somebody
    only by chance.
    """

    def __init__(self, options: IbanOptions, place: Place) -> None:
        super().__init__(options, place)
        local = place.locale.rpartition("_")[2]
        self._country = options.country or (local if local in bban.STRUCTURES else "DE")
        self._bban = bban.Bban(self._country)

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct:
        """All account numbers of the country that are made here."""
        return Distinct(self._bban.count, f"{self._bban.free} free characters in an account number of {self._country}")

    def numbered(self, numbers: Ints) -> Column:
        """By account, then by bank."""
        return self._with_check_digits(self._bban.numbered(numbers))

    def make(self, context: BlockContext) -> Column:
        """One word a row for each four characters."""
        return self._with_check_digits(self._bban.make(context.words(self._bban.words_a_row)))

    def _with_check_digits(self, account: Bytes) -> Column:
        rest = bban.remainder(account, self._country + "00")
        check = (98 - rest).astype(np.uint8)
        iban = np.empty((len(account), 4 + account.shape[1]), np.uint8)
        iban[:, :2] = np.frombuffer(self._country.encode(), np.uint8)
        iban[:, 2] = 48 + check // 10
        iban[:, 3] = 48 + check % 10
        iban[:, 4:] = account
        return TextColumn((spaced(iban, range(4, iban.shape[1], 4)) if self.options.formatted else iban,))


def spaced(texts: Bytes, columns: Sequence[int]) -> Bytes:
    """The texts with a space before each of those columns."""
    return np.insert(texts, columns, ord(" "), axis=1)
