"""Field types for money: amount, account_name, account_number, currency_code, currency_name."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from dm_mcp.generation.columns import Column, DecimalColumn, Ints, Picked, Pool, TextColumn
from dm_mcp.generation.distributions import Distribution, Scale, check_distribution, sampler
from dm_mcp.generation.fields.numbered import NumberedText
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, NoOptions, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Words, below, digits
from dm_mcp.generation.vocabulary import vocabulary

__all__ = [
    "AccountName",
    "AccountNumber",
    "AccountNumberOptions",
    "Amount",
    "AmountOptions",
    "CurrencyCode",
    "CurrencyName",
]


_HALF, _LOW = np.uint64(32), np.uint64(0xFFFF_FFFF)


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
            if not -(2**52) <= value <= 2**52 or abs(scaled := value.scaleb(self.scale)) > 2**52:
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


@field_type("amount", "price", "money", "decimal")
class Amount(FieldType[AmountOptions]):
    """An exact amount of money from ``min`` to ``max``, e.g. ``{"min": 5, "max": 500}`` gives 41.90.

    Unless ``distribution`` says otherwise, small amounts are likelier, as in most books: half of all lie in the lowest
    fifth of the way from min to max, and one in sixteen in the upper third.
    """

    localised: ClassVar[bool] = False

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
        """The product of the word's halves: the share below ``x`` of the way up is ``x - x * ln(x)``."""
        return below((words >> _HALF) * (words & _LOW), self._count).view(np.int64)


_ACCOUNTS = Pool(
    f"{kind} Account"
    for kind in (
        "Auto Loan",
        "Brokerage",
        "Business",
        "Checking",
        "Credit Card",
        "Home Loan",
        "Investment",
        "Joint",
        "Money Market",
        "Personal Loan",
        "Retirement",
        "Savings",
        "Student",
        "Travel",
    )
)


@field_type("account_name")
class AccountName(NumberedText[NoOptions]):
    """What a bank calls an account, e.g. "Savings Account"; English in every locale."""

    localised: ClassVar[bool] = False

    def distinct(self) -> Distinct:
        """The kinds of accounts."""
        return Distinct(len(_ACCOUNTS), f"{len(_ACCOUNTS)} kinds of accounts")

    def numbered(self, numbers: Ints) -> Column:
        """In the order of the alphabet."""
        return TextColumn((Picked(_ACCOUNTS, numbers),))


class AccountNumberOptions(Options):
    """``length``: how many digits."""

    length: int = Field(default=10, ge=1, le=18)


@field_type("account_number")
class AccountNumber(NumberedText[AccountNumberOptions]):
    """The digits of an account, e.g. ``{"length": 8}`` gives "04417206"; no check digit is among them."""

    localised: ClassVar[bool] = False

    def distinct(self) -> Distinct:
        """All numbers of that length."""
        return Distinct(10**self.options.length, f"{self.options.length} digits")

    def numbered(self, numbers: Ints) -> Column:
        """The number itself, with leading zeros."""
        return TextColumn((digits(numbers, self.options.length),))


class _Currency(NumberedText[NoOptions]):
    """A list of what the locale knows of currencies, each once."""

    _part = 0

    def __init__(self, options: NoOptions, place: Place) -> None:
        super().__init__(options, place)
        self._pool = Pool(dict.fromkeys(entry[self._part] for entry in vocabulary(place.locale).currencies()))

    def distinct(self) -> Distinct:
        """All of them."""
        return Distinct(len(self._pool), f"{len(self._pool)} currencies")

    def numbered(self, numbers: Ints) -> Column:
        """In the order of the list."""
        return TextColumn((Picked(self._pool, numbers),))


@field_type("currency_code")
class CurrencyCode(_Currency):
    """A code of ISO 4217, each as likely, e.g. "CHF". Drawn for itself: it need not go with a currency_name."""

    _part = 0


@field_type("currency_name")
class CurrencyName(_Currency):
    """A currency in the locale's language where Faker has it, else in English, e.g. "Swiss franc"."""

    _part = 1
