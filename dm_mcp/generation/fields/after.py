"""Moments that follow others: the option ``after`` of dates and datetimes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dm_mcp.generation.columns import Column, DateColumn, Ints, Mask, TimestampColumn
from dm_mcp.generation.durations import UNITS, parse_span
from dm_mcp.generation.fields.reference import Reference
from dm_mcp.generation.registry import BlockContext, OptionError, Place, closest
from dm_mcp.generation.render.values import null_rows
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import integers, unit_floats

__all__ = ["After", "Followed", "parse_after", "references_of"]

_FORM = "write it as 'created_at, 1d..60d' or 'tmpl_customer.created_at, 1d..60d'"
_TIMES = (ColumnType.DATE, ColumnType.TIMESTAMP)


class After(NamedTuple):
    """The field to follow, and how long after it, in microseconds."""

    field: str
    low: int
    high: int


def parse_after(text: str) -> After:
    """What ``"created_at, 1d..60d"`` says. Raises ValueError."""
    field, comma, span = text.rpartition(",")
    if not comma or not field.strip():
        raise ValueError(f"after {text!r} has no field and span: {_FORM}")
    return After(field.strip(), *parse_span(span.strip()))


def references_of(after: After, place: Place) -> tuple[str, ...]:
    """The fields to read: the one that is followed, or the references that may lead to its row."""
    if after.field in place.types:
        return (after.field,)
    if "." not in after.field:
        return (after.field,)  # which is then told to be missing
    return tuple(name for name, kind in place.types.items() if kind == Reference.name)


class Followed:
    """The moments that a field follows, compiled. Raises OptionError where there is nothing to follow."""

    def __init__(self, after: After, place: Place, last: int | None = None) -> None:
        """``last`` is the latest moment, in microseconds since 1970-01-01, but for those that the span puts beyond."""
        self._after = after
        self._last = last
        self._reference: Reference | None = None
        self._field = after.field
        fields = place.fields
        if after.field not in place.types:
            template_id, _, self._field = after.field.partition(".")
            self._reference = _leading(template_id, place)
            fields = self._reference.fields
            if self._field not in fields:
                hint = closest(self._field, list(fields))
                raise OptionError(f"{template_id} has no field {self._field!r}", hint=hint, option="after")
        if fields[self._field].column_type() not in _TIMES:
            raise OptionError(f"after names {after.field!r}, which holds no dates", option="after")

    def moments(self, context: BlockContext, step: int) -> tuple[Ints, Mask | None]:
        """A moment after that of each row, in microseconds since 1970-01-01, and the rows that have none.

        How long after is a whole number of ``step`` microseconds, by one word a row.
        """
        if self._reference is None:
            column = context.column(self._field)
        else:
            column = self._reference.column(context, self._field)
        low, high = -(-self._after.low // step), self._after.high // step
        null = null_rows(column)
        start = _microseconds(column)
        start = start if null is None else np.where(null, 0, start)
        if self._last is None:
            return start + integers(context.words(), low, high) * step, null
        room = np.clip((self._last - start) // step, low, high) - low + 1
        later = (unit_floats(context.words()) * room).astype(np.int64)
        return start + (later + low) * step, null


def _leading(template_id: str, place: Place) -> Reference:
    """The first reference to that template."""
    for field in place.fields.values():
        if isinstance(field, Reference) and field.options.template_id == template_id:
            return field
    raise OptionError(
        f"after names a field of {template_id!r}, and no field here refers to that template",
        hint="Add a field of type reference to it.",
        option="after",
    )


def _microseconds(column: Column) -> Ints:
    match column:
        case TimestampColumn():
            return column.microseconds
        case DateColumn():
            return column.days * UNITS["d"]
        case _:
            raise TypeError(f"a field of dates made a column of {type(column).__name__}")
