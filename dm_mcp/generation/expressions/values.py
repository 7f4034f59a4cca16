"""What operators and functions share: how values read, compare and go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from dm_mcp.generation.render.column_type import common_type
from dm_mcp.generation.render.text import scalar_text
from dm_mcp.generation.schema import ColumnType

__all__ = [
    "LONGEST",
    "Function",
    "FunctionError",
    "Kind",
    "Typing",
    "always",
    "common",
    "comparable",
    "first_kind",
    "is_number",
    "measured",
    "named",
    "paired",
    "short",
    "text_of",
]

Kind = ColumnType | None
"""What an argument or a result holds; None: it depends on the row."""

Typing = Callable[[Sequence[Kind]], Kind]


class FunctionError(ValueError):
    """Raised for values that a function or an operator can't work with."""


class Function(NamedTuple):
    """A function: what it does, how many arguments it takes, and what its result holds."""

    call: Callable[..., Any]
    fewest: int
    most: int
    result: Typing
    description: str


def text_of(value: object) -> str:
    """A value as text, as it reads in a derived text; null is empty."""
    if value is None:
        return ""
    text = scalar_text(value)
    if text is None:
        raise FunctionError("a list or an object is no text")
    return text


LONGEST = 100_000
"""Characters of a text."""


_LARGEST = 1000
"""Digits of a decimal before its point, and zeros behind it."""


def measured(number: Decimal) -> Decimal:
    """The number. Raises FunctionError if it is too large, or too small, to be written out."""
    if number and not -_LARGEST <= number.adjusted() <= _LARGEST:
        raise FunctionError("a number that is too large or too small")
    return number


def is_number(value: object) -> bool:
    """Whether it is a number, which a boolean is not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def paired(a: Any, b: Any) -> tuple[Any, Any]:
    """Two numbers of one kind: with a decimal, a float becomes the decimal that it reads as."""
    if isinstance(a, Decimal) and isinstance(b, float):
        return a, Decimal(repr(b))
    if isinstance(a, float) and isinstance(b, Decimal):
        return Decimal(repr(a)), b
    return a, b


def named(value: object) -> str:
    """What the value is, in words."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),
        (str, "text"),
        (datetime, "a time"),
        (date, "a date"),
        (list, "a list"),
        (dict, "an object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "a number")


def short(text: str) -> str:
    """The text. Raises FunctionError if it is too long to go on with."""
    if len(text) > LONGEST:
        raise FunctionError(f"a text of more than {LONGEST:,} characters")
    return text


def comparable(a: Any, b: Any) -> tuple[Any, Any]:
    """Two values as they are compared: a date with a time as its midnight in UTC."""
    if isinstance(a, datetime) != isinstance(b, datetime) and isinstance(a, date) and isinstance(b, date):
        return _moment(a), _moment(b)
    return paired(a, b)


def _moment(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)


def always(kind: ColumnType) -> Typing:
    """The typing of what has one result type."""
    return lambda _: kind


def first_kind(kinds: Sequence[Kind]) -> Kind:
    """What the first argument holds."""
    return kinds[0]


def common(kinds: Sequence[Kind]) -> Kind:
    """What holds all of the arguments."""
    return None if None in kinds else common_type(kind for kind in kinds if kind)
