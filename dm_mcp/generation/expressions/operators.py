"""The operators of expressions.

A null makes null of whatever it goes into, as in SQL; only ``==`` and ``!=`` compare it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from dm_mcp.generation.expressions.values import (
    Function,
    FunctionError,
    Kind,
    always,
    common,
    comparable,
    is_number,
    measured,
    named,
    paired,
    short,
    text_of,
)
from dm_mcp.generation.schema import ColumnType

__all__ = [
    "OPERATORS",
    "add_days",
    "added",
    "days_between",
    "divided",
    "divided_kinds",
    "negative",
    "on_date",
    "to_date",
]

_MOST_BITS = 4096  # of a whole number


_PLAIN = {int, float, Decimal}


def _arithmetic(sign: str, work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def operate(a: Any, b: Any) -> Any:
        if type(a) is type(b) and type(a) in _PLAIN:
            return _worked(work, a, b)
        if a is None or b is None:
            return None
        if is_number(a) and is_number(b):
            return _worked(work, *paired(a, b))
        raise FunctionError(f"{sign!r} does not go with {named(a)} and {named(b)}")

    return operate


def _quotient(a: Any, b: Any) -> Any:
    return a / b


def _worked(work: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    try:
        result = work(a, b)
    except ZeroDivisionError:
        raise FunctionError("a division by zero") from None
    except (DecimalException, OverflowError):
        raise FunctionError("a number that is too large, or a division by zero") from None
    if type(result) is int and result.bit_length() > _MOST_BITS:
        raise FunctionError("a number that is too large")
    return measured(result) if type(result) is Decimal else result


added = _arithmetic("+", operator.add)
_less = _arithmetic("-", operator.sub)


def _plus(a: Any, b: Any) -> Any:
    if type(a) in _PLAIN and type(b) in _PLAIN:
        return added(a, b)
    if a is None or b is None:
        return None
    if isinstance(a, str) or isinstance(b, str):
        return short(text_of(a) + text_of(b))
    if isinstance(a, date):
        return add_days(a, b)
    return added(a, b)


def _minus(a: Any, b: Any) -> Any:
    if isinstance(a, date) and isinstance(b, date):
        return days_between(b, a)
    return add_days(a, negative(b)) if isinstance(a, date) else _less(a, b)


def negative(value: Any) -> Any:
    """The number with the other sign."""
    if value is not None and not is_number(value):
        raise FunctionError(f"'-' does not go with {named(value)}")
    return None if value is None else -value


def _compared(sign: str, work: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def compare(a: Any, b: Any) -> bool | None:
        if a is None or b is None:
            return None
        try:
            return work(*comparable(a, b))
        except TypeError:
            raise FunctionError(f"{sign!r} does not go with {named(a)} and {named(b)}") from None

    return compare


def _equal(a: Any, b: Any) -> bool:
    first, second = comparable(a, b)
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


divided = _arithmetic("/", _quotient)


def on_date(work: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a date, which a text may stand for; None for a null among the arguments."""

    def on_date(value: Any, *more: Any) -> Any:
        if value is None or None in more:
            return None
        if isinstance(value, str):
            value = to_date(value)
        if not isinstance(value, date):
            raise FunctionError(f"a date is wanted, not {named(value)}")
        try:
            return work(value, *more)
        except FunctionError:
            raise
        except (OverflowError, ValueError, TypeError):
            raise FunctionError("a date outside the years 1 to 9999, or an argument of the wrong kind") from None

    return on_date


def _unequal(a: Any, b: Any) -> bool:
    return not _equal(a, b)


def _both(a: Any, b: Any) -> bool:
    return bool(a) and bool(b)


def _either(a: Any, b: Any) -> bool:
    return bool(a) or bool(b)


def to_date(value: Any) -> date | None:
    """The day of a time, a date or a text."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(text_of(value)[:10])
    except ValueError:
        raise FunctionError("a text that reads as no date: 2026-01-31") from None


def _later(value: date, days: Any) -> date:
    return value + timedelta(days=float(days))


add_days = on_date(_later)


def days_between(start: Any, end: Any) -> int | None:
    """Days from the first date to the second."""
    if start is None or end is None:
        return None
    first, last = to_date(start), to_date(end)
    return (last - first).days if first is not None and last is not None else None


def _added_kinds(kinds: Sequence[Kind]) -> Kind:
    if ColumnType.TEXT in kinds:
        return ColumnType.TEXT
    return kinds[0] if kinds[0] in (ColumnType.DATE, ColumnType.TIMESTAMP) else common(kinds)


def _subtracted_kinds(kinds: Sequence[Kind]) -> Kind:
    dates = {ColumnType.DATE, ColumnType.TIMESTAMP}
    if set(kinds) <= dates:
        return ColumnType.INTEGER
    return kinds[0] if kinds[0] in dates else common(kinds)


def divided_kinds(kinds: Sequence[Kind]) -> Kind:
    """A quotient of whole numbers is a float."""
    kind = common(kinds)
    return ColumnType.FLOAT if kind is ColumnType.INTEGER else kind


_BOOLEAN = always(ColumnType.BOOLEAN)

OPERATORS: Mapping[str, Function] = {
    "+": Function(_plus, 2, 2, _added_kinds, "numbers added, texts joined, days added to a date"),
    "-": Function(_minus, 2, 2, _subtracted_kinds, "numbers subtracted, days between two dates"),
    "*": Function(_arithmetic("*", operator.mul), 2, 2, common, "numbers multiplied"),
    "/": Function(divided, 2, 2, divided_kinds, "numbers divided"),
    "%": Function(_arithmetic("%", operator.mod), 2, 2, common, "the rest of a division"),
    "negative": Function(negative, 1, 1, common, "the number with the other sign"),
    "==": Function(_equal, 2, 2, _BOOLEAN, "equal; null equals null"),
    "!=": Function(_unequal, 2, 2, _BOOLEAN, "not equal"),
    "<": Function(_compared("<", operator.lt), 2, 2, _BOOLEAN, "less"),
    "<=": Function(_compared("<=", operator.le), 2, 2, _BOOLEAN, "less or equal"),
    ">": Function(_compared(">", operator.gt), 2, 2, _BOOLEAN, "greater"),
    ">=": Function(_compared(">=", operator.ge), 2, 2, _BOOLEAN, "greater or equal"),
    "and": Function(_both, 2, 2, _BOOLEAN, "both are true"),
    "or": Function(_either, 2, 2, _BOOLEAN, "one is true"),
    "not": Function(operator.not_, 1, 1, _BOOLEAN, "not true"),
}
"""The operators by their signs."""
