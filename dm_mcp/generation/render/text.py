"""Values as text: the same text from a column's arrays, for a block at once, and from a single Python value."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import numpy as np

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    BooleanColumn,
    Column,
    DateColumn,
    DecimalColumn,
    IntegerColumn,
    Ints,
    Mask,
    Picked,
    Pool,
    TextColumn,
    TextPart,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.digits import (
    FIRST_DAY,
    LAST_DAY,
    date_text,
    decimal_text,
    fixed_point_text,
    timestamp_text,
    uuid_text,
)
from dm_mcp.generation.render.parts import Part, filled

__all__ = ["calendar_days", "calendar_microseconds", "column_text", "scalar_text"]

_BOOLEANS = Pool(["false", "true"])
_DAY = 86_400_000_000  # microseconds


def column_text(column: Column, escape: Callable[[str], str] | None = None) -> list[Part] | None:
    """The text of each row that is not null, as parts; None for the kinds whose text only Python can make.

    ``escape`` is applied to constants and words. Decimals keep their scale; timestamps end in ``Z``.
    Raises GenerationError for a time outside the years 1 to 9999, and for a constant that is no valid Unicode.
    """
    match column:
        case TextColumn():
            return [_text_part(part, column.null, escape) for part in column.parts]
        case UuidColumn():
            return [uuid_text(column.values)]
        case IntegerColumn():
            return [decimal_text(filled(column.values, column.null))]
        case DecimalColumn():
            return fixed_point_text(filled(column.unscaled, column.null), column.scale)
        case TimestampColumn():
            return timestamp_text(calendar_microseconds(column))
        case DateColumn():
            return [date_text(calendar_days(column))]
        case BooleanColumn():
            return [_BOOLEANS.slices(filled(column.values.astype(np.int64), column.null))]
        case _:
            return None


def _text_part(part: TextPart, null: Mask | None, escape: Callable[[str], str] | None) -> Part:
    if isinstance(part, str):
        try:
            return (escape(part) if escape else part).encode()
        except UnicodeEncodeError:
            raise GenerationError("the text holds half of a surrogate pair, which UTF-8 can't hold.") from None
    if isinstance(part, Picked):
        pool = part.pool.escaped(escape) if escape else part.pool
        return pool.slices(filled(part.indices, null))
    return part


def calendar_days(column: DateColumn) -> Ints:
    """The column's days with 0 for null. Raises GenerationError when one is no date of the years 1 to 9999."""
    days = filled(column.days, column.null)
    _check_years(days, FIRST_DAY, LAST_DAY)
    return days


def calendar_microseconds(column: TimestampColumn) -> Ints:
    """The column's microseconds with 0 for null. Raises GenerationError when one is outside the years 1 to 9999."""
    microseconds = filled(column.microseconds, column.null)
    _check_years(microseconds, FIRST_DAY * _DAY, (LAST_DAY + 1) * _DAY - 1)
    return microseconds


def _check_years(values: Ints, low: int, high: int) -> None:
    if len(values) and (values.min() < low or values.max() > high):
        raise GenerationError(
            "a time lies outside the years 1 to 9999, which is all that a date can hold.",
            hint="Narrow the field's range.",
        )


def scalar_text(value: object) -> str | None:
    """The text of a Python value, as `column_text` writes it; None for what has no single text."""
    match value:
        case str():
            return str.__str__(value)
        case bool():
            return "true" if value else "false"
        case int():
            return int.__repr__(value)
        case float():
            return float.__repr__(value)
        case Decimal() | uuid.UUID():
            return str(value)
        case datetime():
            return _moment_text(value)
        case date() | time():
            return value.isoformat()
        case _:
            return None


def _moment_text(value: datetime) -> str:
    if value.utcoffset() is None:
        return value.replace(tzinfo=None).isoformat()
    try:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except OverflowError:  # in UTC it is the year 0 or 10000
        return value.isoformat()
