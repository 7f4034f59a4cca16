"""Field types for money: iban, amount."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from dm_mcp.generation.columns import Bytes, Column, DecimalColumn, Ints, TextColumn
from dm_mcp.generation.distributions import Distribution, Scale, check_distribution, sampler
from dm_mcp.generation.fields import bban
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, Options, Place, closest, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Words, unit_floats

__all__ = ["Amount", "AmountOptions", "Iban", "IbanOptions"]


class IbanOptions(Options):
    """``country``: an ISO 3166 code; by default that of the locale, or DE where that one has no ibans here."""

    country: str | None = None

    @field_validator("country")
    @classmethod
    def _known(cls, country: str | None) -> str | None:
        if country is not None and country.upper() not in bban.STRUCTURES:
            raise ValueError(f"country {country!r} has no iban here. {closest(country.upper(), list(bban.STRUCTURES))}")
        return country and country.upper()


@field_type("iban")
class Iban(FieldType[IbanOptions]):
    """An iban with right check digits, e.g. ``{"country": "DE"}`` gives "DE89370400440532013000".

    The check digits are those of ISO 13616 (ISO 7064, MOD 97-10); the national ones inside are right for BE, ES, FR, IT
    and PL. Banks and accounts are drawn, and belong to somebody only by chance.
    """

    def __init__(self, options: IbanOptions, place: Place) -> None:
        super().__init__(options, place)
        local = place.locale.rpartition("_")[2]
        self._country = options.country or (local if local in bban.STRUCTURES else "DE")
        self._bban = bban.Bban(self._country)

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """One word a row for each four characters."""
        account = self._bban.make(context.words(self._bban.words_a_row).reshape(context.rows, -1))
        return TextColumn((self._with_check_digits(account),))

    def _with_check_digits(self, account: Bytes) -> Bytes:
        rest = bban.remainder(account, self._country + "00")
        check = (98 - rest).astype(np.uint8)
        iban = np.empty((len(account), 4 + account.shape[1]), np.uint8)
        iban[:, :2] = np.frombuffer(self._country.encode(), np.uint8)
        iban[:, 2] = 48 + check // 10
        iban[:, 3] = 48 + check % 10
        iban[:, 4:] = account
        return iban


class AmountOptions(Options):
    """Both ends are included; ``scale``: the number of decimal places; ``distribution``: how the amounts spread."""

    min: Decimal = Decimal(1)
    max: Decimal = Decimal(5000)
    scale: int = Field(default=2, ge=0, le=9)
    distribution: Distribution | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is greater than max {self.max}")
        for name, value in (("min", self.min), ("max", self.max)):
            scaled = value.scaleb(self.scale)
            if abs(scaled) > 2**52:
                raise ValueError(f"{name} {value} has more than 15 digits at scale {self.scale}")
            if scaled != scaled.to_integral_value():
                raise ValueError(f"{name} {value} has more than the {self.scale} decimal places of scale")
        check_distribution(self.distribution, self.steps)
        return self

    @property
    def steps(self) -> Scale:
        """The amounts between the ends."""
        cents = int((self.max - self.min).scaleb(self.scale))
        return Scale(float(self.min), float(self.max), cents + 1)


@field_type("amount")
class Amount(FieldType[AmountOptions]):
    """An exact amount of money from ``min`` to ``max``, e.g. ``{"min": 5, "max": 500}`` gives 41.90.

    Unless ``distribution`` says otherwise, small amounts are likelier, as in most books: the share below a point at
    ``x`` of the way from min to max is the cube root of ``x``, so half of all amounts lie in the lowest eighth.
    """

    def __init__(self, options: AmountOptions, place: Place) -> None:
        super().__init__(options, place)
        self._low = int(options.min.scaleb(options.scale))
        self._count = options.steps.count
        self._draw = sampler(options.distribution, options.steps, place) if options.distribution else self._small

    def column_type(self) -> ColumnType:
        """Decimals."""
        return ColumnType.DECIMAL

    def distinct(self) -> Distinct | None:
        """The amounts between the ends, each once; a distribution says how often each comes, and can't be had then."""
        if self.options.distribution is not None:
            return None
        options = self.options
        return Distinct(self._count, f"amounts of {options.scale} decimal places from {options.min} to {options.max}")

    def numbered(self, numbers: Ints) -> Column:
        """From the lower end up."""
        return DecimalColumn(self._low + numbers, self.options.scale)

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return self.numbered(self._draw(context.words()))

    def _small(self, words: Words) -> Ints:
        """The word, cubed; only products of floats, so that every machine agrees."""
        share = unit_floats(words)
        return (share * share * share * float(self._count)).astype(np.int64)
