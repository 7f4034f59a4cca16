"""The functions of expressions: on numbers, text, dates and lists.

A null makes null of whatever it goes into, as in SQL; the functions on lists pass nulls over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal, DecimalException
from operator import attrgetter, contains
from typing import Any, cast

from dm_mcp.generation.expressions.operators import (
    add_days,
    added,
    days_between,
    divided,
    divided_kinds,
    negative,
    on_date,
    to_date,
)
from dm_mcp.generation.expressions.values import (
    LONGEST,
    Function,
    FunctionError,
    Kind,
    always,
    common,
    first_kind,
    is_number,
    measured,
    named,
    short,
    text_of,
)
from dm_mcp.generation.schema import ColumnType

__all__ = ["FUNCTIONS"]


def _absolute(value: Any) -> Any:
    if value is not None and not is_number(value):
        raise FunctionError(f"a number is wanted, not {named(value)}")
    return negative(value) if value is not None and value < 0 else value


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _count(values: Any) -> int:
    return len(_listed([values]))


def _text(value: Any) -> str | None:
    return None if value is None else text_of(value)


def _if(condition: Any, yes: Any, no: Any) -> Any:
    return yes if condition else no


def _listed(values: Sequence[Any]) -> list[Any]:
    """The values of a list, or of several arguments, without nulls."""
    items = cast("Iterable[Any]", values[0]) if len(values) == 1 and isinstance(values[0], list) else values
    return [value for value in items if value is not None]


def _sum(*values: Any) -> Any:
    items = _listed(values)
    kinds = set(map(type, items))
    if kinds <= {int} or kinds <= {Decimal} or kinds <= {float}:
        return sum(items)
    total: Any = 0
    for item in items:
        total = added(total, item)
    return total


def _average(*values: Any) -> Any:
    items = _listed(values)
    return divided(_sum(*items), len(items)) if items else None


def _extreme(work: Callable[[Any], Any]) -> Callable[..., Any]:
    def pick(*values: Any) -> Any:
        items = _listed(values)
        try:
            return work(items) if items else None
        except TypeError:
            raise FunctionError("values of different kinds have no order") from None

    return pick


def _first(values: Any) -> Any:
    if values is None or not isinstance(values, list):
        return values
    return cast("list[Any]", values)[0] if values else None


_ROUNDING = Context(prec=60)
_PLACES = [Decimal(1).scaleb(-places) for places in range(16)]


def _round(value: Any, places: Any = 0) -> Any:
    if value is None or places is None:
        return None
    if not is_number(value) or not isinstance(places, int) or not 0 <= places <= 15:
        raise FunctionError("round wants a number, and decimal places from 0 to 15")
    if isinstance(value, Decimal):
        try:
            return _ROUNDING.quantize(value, _PLACES[places])
        except DecimalException:
            raise FunctionError("a number that is too large") from None
    return round(value, places)


def _whole(work: Callable[[Any], int]) -> Callable[[Any], Any]:
    def whole(value: Any) -> int | None:
        if value is None:
            return None
        if not is_number(value):
            raise FunctionError(f"a number is wanted, not {named(value)}")
        try:
            return work(value)
        except (OverflowError, ValueError):
            raise FunctionError("a number that is too large") from None

    return whole


def _on_text(work: Callable[..., Any]) -> Callable[..., Any]:
    """A function of texts; numbers and dates among its arguments read as they are written."""

    def on_text(*values: Any) -> Any:
        if None in values:
            return None
        result = work(*map(text_of, values))
        return short(result) if isinstance(result, str) else result

    return on_text


def _substring(text: Any, start: Any, size: Any = LONGEST) -> str | None:
    if text is None or start is None or size is None:
        return None
    if not isinstance(start, int) or not isinstance(size, int) or start < 1 or size < 0:
        raise FunctionError("substring wants a start from 1 and a length from 0")
    return text_of(text)[start - 1 : start - 1 + size]


def _left(text: Any, size: Any) -> str | None:
    return _substring(text, 1, size)


def _right(text: Any, size: Any) -> str | None:
    if text is None or size is None:
        return None
    if not isinstance(size, int) or size < 0:
        raise FunctionError("right wants a length from 0")
    whole = text_of(text)
    return whole[len(whole) - min(size, len(whole)) :]


def _pad(text: Any, width: Any, fill: Any = " ") -> str | None:
    if text is None or width is None or fill is None:
        return None
    if not isinstance(width, int) or not 0 <= width <= 1000 or not isinstance(fill, str) or len(fill) != 1:
        raise FunctionError("pad wants a width from 0 to 1000 and one character to fill with")
    return text_of(text).rjust(width, fill)


def _replace(text: str, old: str, new: str) -> str:
    if not old:
        raise FunctionError("replace wants a text to look for")
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise FunctionError(f"a text of more than {LONGEST:,} characters")
    return text.replace(old, new)


def _concat(*values: Any) -> str:
    return short("".join(map(text_of, values)))


def _join(values: Any, separator: Any = ", ") -> str | None:
    if values is None or separator is None:
        return None
    if not isinstance(values, list):
        raise FunctionError("join wants a list")
    items = cast("list[Any]", values)
    return short(text_of(separator).join(text_of(value) for value in items if value is not None))


def _length(value: Any) -> int | None:
    if value is None:
        return None
    items: Any = value
    return len(items) if isinstance(value, list) else len(text_of(value))


def _number(value: Any) -> Any:
    if value is None or is_number(value):
        return value
    try:
        number = Decimal(text_of(value).strip())
    except DecimalException:
        raise FunctionError(f"{named(value)} that reads as no number") from None
    if not number.is_finite():
        raise FunctionError("a number that is not finite")
    return measured(number)


def _plus_months(value: Any, months: int) -> Any:
    index = value.year * 12 + value.month - 1 + months
    year, month = divmod(index, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return value.replace(year=year, month=month + 1, day=min(value.day, last))


_DIRECTIVES = set("YmdHMSyjf%")


def _format_date(value: Any, form: str) -> str:
    unknown = {form[i + 1 : i + 2] for i, sign in enumerate(form) if sign == "%"} - _DIRECTIVES
    if unknown:
        raise FunctionError(f"format_date knows %Y %m %d %H %M %S %y %j %f, not %{min(unknown)}")
    return value.strftime(form)


def _last_two(kinds: Sequence[Kind]) -> Kind:
    return common(kinds[1:])


_TEXT, _INTEGER, _BOOLEAN = always(ColumnType.TEXT), always(ColumnType.INTEGER), always(ColumnType.BOOLEAN)
_DATE = always(ColumnType.DATE)

_ANY = 100

FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(_absolute, 1, 1, common, "without its sign"),
    "add_days": Function(add_days, 2, 2, first_kind, "a date some days later"),
    "add_months": Function(on_date(_plus_months), 2, 2, first_kind, "a date some months later"),
    "avg": Function(_average, 1, _ANY, divided_kinds, "the mean of a list or of its arguments"),
    "ceil": Function(_whole(math.ceil), 1, 1, _INTEGER, "rounded up"),
    "coalesce": Function(_coalesce, 1, _ANY, common, "the first not null"),
    "concat": Function(_concat, 1, _ANY, _TEXT, "texts joined, null as nothing"),
    "contains": Function(_on_text(contains), 2, 2, _BOOLEAN, "whether a text has another in it"),
    "count": Function(_count, 1, 1, _INTEGER, "how many of a list are not null"),
    "date": Function(to_date, 1, 1, _DATE, "the day of a time or a text"),
    "day": Function(on_date(attrgetter("day")), 1, 1, _INTEGER, "the day of the month"),
    "days_between": Function(days_between, 2, 2, _INTEGER, "days from the first date to the second"),
    "ends_with": Function(_on_text(str.endswith), 2, 2, _BOOLEAN, "whether a text ends so"),
    "first": Function(_first, 1, 1, common, "the first of a list"),
    "floor": Function(_whole(math.floor), 1, 1, _INTEGER, "rounded down"),
    "format_date": Function(on_date(_format_date), 2, 2, _TEXT, 'a date as text: format_date(day, "%d.%m.%Y")'),
    "if": Function(_if, 3, 3, _last_two, "the second where the first is true, else the third"),
    "join": Function(_join, 1, 2, _TEXT, "a list as text, with a separator"),
    "left": Function(_left, 2, 2, _TEXT, "the first characters"),
    "length": Function(_length, 1, 1, _INTEGER, "characters of a text, or values of a list"),
    "lower": Function(_on_text(str.lower), 1, 1, _TEXT, "in lower case"),
    "max": Function(_extreme(max), 1, _ANY, common, "the greatest of a list or of its arguments"),
    "min": Function(_extreme(min), 1, _ANY, common, "the least of a list or of its arguments"),
    "month": Function(on_date(attrgetter("month")), 1, 1, _INTEGER, "the month of a date"),
    "number": Function(_number, 1, 1, always(ColumnType.DECIMAL), "a text as a number"),
    "pad": Function(_pad, 2, 3, _TEXT, 'filled up on the left: pad(n, 5, "0")'),
    "replace": Function(_on_text(_replace), 3, 3, _TEXT, "each occurrence replaced"),
    "right": Function(_right, 2, 2, _TEXT, "the last characters"),
    "round": Function(_round, 1, 2, first_kind, "rounded to decimal places, half to even"),
    "starts_with": Function(_on_text(str.startswith), 2, 2, _BOOLEAN, "whether a text begins so"),
    "substring": Function(_substring, 2, 3, _TEXT, "from a character on, counted from 1, so many"),
    "sum": Function(_sum, 1, _ANY, common, "the sum of a list or of its arguments"),
    "text": Function(_text, 1, 1, _TEXT, "as text"),
    "title": Function(_on_text(str.title), 1, 1, _TEXT, "each word with a capital"),
    "trim": Function(_on_text(str.strip), 1, 1, _TEXT, "without spaces at the ends"),
    "upper": Function(_on_text(str.upper), 1, 1, _TEXT, "in upper case"),
    "year": Function(on_date(attrgetter("year")), 1, 1, _INTEGER, "the year of a date"),
}
"""The functions by name."""
