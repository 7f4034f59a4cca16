"""Field types for moments and times of day: datetime, time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from dm_mcp.generation.columns import Column, Ints, TimestampColumn
from dm_mcp.generation.distributions import Scale, sampler
from dm_mcp.generation.fields.after import Followed, parse_after, references_of
from dm_mcp.generation.fields.time_text import check_format, shown, written
from dm_mcp.generation.fields.window import DAY, REFERENCE, Window, WindowOptions
from dm_mcp.generation.pattern import Pattern, day_weights
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser, Words, integers

__all__ = ["Datetime", "DatetimeOptions", "Time", "TimeOptions"]

_HOUR = 3_600_000_000
_STEPS = {"second": 1_000_000, "millisecond": 1000}
_LOW_32 = np.uint64(32)


class DatetimeOptions(WindowOptions):
    """Both ends are included: ISO times, in UTC where they name no zone; a date alone is its midnight.

    ``to`` is 2026-01-01T00:00:00Z by default, and ``from`` two years before ``to``. ``precision`` is "second" or
    "millisecond", counted from ``from``. ``past``: in place of ``from``, how long before ``to``: "12h", "30d", "1y";
    ``future``: in place of ``to``, how long after ``from``, which is 2026-01-01 then if not given. ``format``: text in
    place of a moment, with the directives %Y %m %d %H %M %S %y %j. ``distribution``: how the moments spread, in days
    counted from ``from``: {"kind": "exponential", "mean": 30}. ``pattern``: growth, seasons, weekdays and hours; those
    of business are {"weekdays": true, "hours": [9, 17]}. ``after``: in place of all these, some time after another
    moment: "created_at, 1h..60d", or "tmpl_customer.created_at, 1d..60d" for that of the row that a reference leads to;
    a ``to`` beside it cuts the span off.
    """

    from_: datetime | None = Field(default=None, alias="from")
    to: datetime = REFERENCE
    precision: Literal["second", "millisecond"] = "second"
    format: str | None = None

    @field_validator("format")
    @classmethod
    def _well_formed(cls, form: str | None) -> str | None:
        return None if form is None else check_format(form)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        self.check_spread(self.scale)
        if self.pattern is not None and not _Moments(self.pattern, self.window, self.step).possible:
            raise ValueError("pattern: none of its hours lies between from and to")
        return self

    @property
    def step(self) -> int:
        """Microseconds from one moment to the next."""
        return _STEPS[self.precision]

    @property
    def scale(self) -> Scale:
        """The days after the first moment, in steps."""
        steps = (self.window.last - self.window.first) // self.step
        return Scale(0, steps * self.step / DAY, steps + 1)


@field_type("datetime", "timestamp")
class Datetime(FieldType[DatetimeOptions]):
    """A moment in UTC from ``from`` to ``to``, each as likely, e.g. ``{"from": "2025-01-01"}`` gives 19 August.

    With ``{"past": "1y", "pattern": {"growth": "s-curve", "weekdays": true, "hours": [9, 17]}}`` it lies in office
    hours, in the later months of the last year more often.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: DatetimeOptions, place: Place) -> None:
        super().__init__(options, place)
        last = options.window.last if "to" in options.model_fields_set else None
        self._followed = Followed(parse_after(options.after), place, last) if options.after else None
        self._first = options.window.first
        self._steps = options.scale.count - 1
        self._spread: Callable[[Words], Ints] | None = None
        self._moments: _Moments | None = None
        if options.pattern is not None:
            self._moments = _Moments(options.pattern, options.window, options.step)
        elif options.distribution is not None:
            self._spread = sampler(options.distribution, options.scale, place)

    @classmethod
    def references(cls, options: DatetimeOptions, place: Place) -> tuple[str, ...]:
        """The field that it comes after, if it does."""
        return references_of(parse_after(options.after), place) if options.after else ()

    def column_type(self) -> ColumnType:
        """Moments in UTC, or text in a format."""
        return ColumnType.TIMESTAMP if self.options.format is None else ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The moments between the ends; None for those that some option leaves out or writes alike."""
        if self.options.format or self.options.pattern or self.options.after or self.options.distribution:
            return None
        return Distinct(self._steps + 1, f"{self.options.precision}s between its ends")

    def numbered(self, numbers: Ints) -> Column:
        """The moments in their order."""
        return TimestampColumn(numbers * self.options.step + self._first)

    def make(self, context: BlockContext) -> Column:
        """One word a row, and one more for the time of day that a pattern has."""
        if self._followed is not None:
            moments, null = self._followed.moments(context, self.options.step)
            return shown(self.options.format, TimestampColumn(moments, null=null), moments)
        words = context.words()
        if self._moments is not None:
            steps = self._moments.pick(words, context.words(lane=1))
        elif self._spread is not None:
            steps = self._spread(words)
        else:
            steps = integers(words, 0, self._steps)
        moments = steps * self.options.step + self._first
        return shown(self.options.format, TimestampColumn(moments), moments)


class _Moments:
    """The moments of a window that a pattern leaves open: a day by its weight, then any of its open steps."""

    def __init__(self, pattern: Pattern, window: Window, step: int) -> None:
        first, last = window.days
        opens, closes = pattern.hours or (0, 24)
        midnights = np.arange(first, last + 1, dtype=np.int64) * DAY - window.first
        # The steps of a day are those from its first open moment on, up to the first one that is closed.
        self._begin = np.maximum(-(-(midnights + opens * _HOUR) // step), 0)
        end = np.minimum(-(-(midnights + closes * _HOUR) // step), (window.last - window.first) // step + 1)
        self._count = np.maximum(end - self._begin, 0)
        # A day of which a part lies in the window has that part of its weight.
        weights = day_weights(pattern, first, last) * self._count.astype(np.float64)
        self.possible = bool(weights.any())
        self._chooser = Chooser(weights.tolist()) if self.possible else None

    def pick(self, days: Words, times: Words) -> Ints:
        """A step from the window's first moment a row."""
        if self._chooser is None:
            raise ValueError("no moment is open")
        day = self._chooser.pick(days)
        # A day has fewer than 2**32 steps.
        step = (times >> _LOW_32) * self._count[day].astype(np.uint64) >> _LOW_32
        return self._begin[day] + step.view(np.int64)


class TimeOptions(Options):
    """Both ends are included: ``from`` is 00:00:00 and ``to`` 23:59:59 by default. ``format``: %H, %M and %S."""

    from_: time = Field(default=time(0), alias="from")
    to: time = time(23, 59, 59)
    format: str = "%H:%M:%S"

    @field_validator("format")
    @classmethod
    def _well_formed(cls, form: str) -> str:
        return check_format(form, "HMS")

    @field_validator("from_", "to")
    @classmethod
    def _without_zone(cls, end: time, info: ValidationInfo) -> time:
        if end.tzinfo is not None:
            name = str(info.field_name).rstrip("_")
            raise ValueError(f"{name} {end.isoformat()} has a zone; a time of day has none")
        return end

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ > self.to:
            raise ValueError(f"from {self.from_} is after to {self.to}")
        return self


@field_type("time")
class Time(FieldType[TimeOptions]):
    """A time of day as text, each second as likely, e.g. ``{"from": "09:00", "to": "17:00"}`` gives "14:03:27"."""

    localised: ClassVar[bool] = False

    def __init__(self, options: TimeOptions, place: Place) -> None:
        super().__init__(options, place)
        self._ends = [(end.hour * 60 + end.minute) * 60 + end.second for end in (options.from_, options.to)]

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        first, last = self._ends
        return written(self.options.format, integers(context.words(), first, last) * 1_000_000)
