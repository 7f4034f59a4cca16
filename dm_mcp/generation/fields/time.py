"""Field types for dates and times: date, datetime.

Their defaults hang on `REFERENCE` and never on today, so that a seed gives the same rows tomorrow.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from dm_mcp.generation.columns import Column, DateColumn, TimestampColumn
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import integers

__all__ = ["REFERENCE", "Date", "DateOptions", "Datetime", "DatetimeOptions"]

REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Where time ends for a field that doesn't say."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STEPS = {"second": 1_000_000, "millisecond": 1000}


def _two_years_before(end: date) -> date:
    year = max(1, end.year - 2)
    return end.replace(year=year, day=min(end.day, 28) if end.month == 2 else end.day)


class DateOptions(Options):
    """Both ends are included: ISO dates. ``to`` is 2026-01-01 by default, and ``from`` two years before ``to``."""

    from_: date | None = Field(default=None, alias="from")
    to: date = REFERENCE.date()

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ is not None and self.from_ > self.to:
            raise ValueError(f"from {self.from_} is after to {self.to}")
        return self


@field_type("date")
class Date(FieldType[DateOptions]):
    """A day from ``from`` to ``to``, each as likely, e.g. ``{"from": "1950-01-01"}`` gives 1987-05-14."""

    def __init__(self, options: DateOptions, place: Place) -> None:
        super().__init__(options, place)
        first = options.from_ or _two_years_before(options.to)
        self._first, self._last = (day.toordinal() - _EPOCH.toordinal() for day in (first, options.to))

    def column_type(self) -> ColumnType:
        """Dates."""
        return ColumnType.DATE

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return DateColumn(integers(context.words(), self._first, self._last))


class DatetimeOptions(Options):
    """Both ends are included: ISO times, in UTC where they name no zone; a date alone is its midnight.

    ``to`` is 2026-01-01T00:00:00Z by default, and ``from`` two years before ``to``. ``precision`` is "second" or
    "millisecond", counted from ``from``.
    """

    from_: datetime | None = Field(default=None, alias="from")
    to: datetime = REFERENCE
    precision: Literal["second", "millisecond"] = "second"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ is not None and _utc(self.from_) > _utc(self.to):
            raise ValueError(f"from {self.from_.isoformat()} is after to {self.to.isoformat()}")
        return self


@field_type("datetime")
class Datetime(FieldType[DatetimeOptions]):
    """A moment in UTC from ``from`` to ``to``, each as likely, e.g. ``{"from": "2025-01-01"}`` gives 19 August."""

    def __init__(self, options: DatetimeOptions, place: Place) -> None:
        super().__init__(options, place)
        last = _utc(options.to)
        first = _utc(options.from_) if options.from_ else datetime.combine(_two_years_before(last), last.timetz())
        self._step = _STEPS[options.precision]
        self._first = (first - _EPOCH) // _MICROSECOND
        self._steps = (last - first) // _MICROSECOND // self._step

    def column_type(self) -> ColumnType:
        """Moments in UTC."""
        return ColumnType.TIMESTAMP

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return TimestampColumn(integers(context.words(), 0, self._steps) * self._step + self._first)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
