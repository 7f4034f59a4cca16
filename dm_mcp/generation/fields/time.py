"""Field types for dates and times: date, datetime, time, date_of_birth, month, weekday, time_zone.

Their defaults hang on `REFERENCE` and never on today, so that a seed gives the same rows tomorrow.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Literal, NamedTuple, Self

import numpy as np
from faker.providers.date_time import Provider as DateTimeProvider
from pydantic import Field, ValidationInfo, field_validator, model_validator

from dm_mcp.generation.busyness import MOST_DAYS, Pattern, day_weights
from dm_mcp.generation.columns import Column, DateColumn, IntegerColumn, Ints, Picked, Pool, TextColumn, TimestampColumn
from dm_mcp.generation.distributions import Distribution, Scale, check_distribution, sampler
from dm_mcp.generation.durations import parse_duration
from dm_mcp.generation.fields.phrase import PhraseField
from dm_mcp.generation.fields.time_text import DATE_DIRECTIVES, check_format, written
from dm_mcp.generation.patterns import Phrase, vocables
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, NoOptions, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser, Words, integers
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = [
    "REFERENCE",
    "Date",
    "DateOfBirth",
    "DateOfBirthOptions",
    "DateOptions",
    "Datetime",
    "DatetimeOptions",
    "Month",
    "NamedOptions",
    "Time",
    "TimeOptions",
    "TimeZone",
    "Weekday",
]

REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Where time ends for a field that doesn't say."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_HOUR = 3_600_000_000
_STEPS = {"second": 1_000_000, "millisecond": 1000}
_LOW_32 = np.uint64(32)


def _since_epoch(moment: date) -> int:
    """Microseconds since 1970-01-01; of a day, at its midnight; in UTC where a moment names no zone."""
    if not isinstance(moment, datetime):
        return (moment.toordinal() - _EPOCH.toordinal()) * _DAY
    return ((moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)) - _EPOCH) // _MICROSECOND


_NOW = _since_epoch(REFERENCE)
_FIRST, _LAST = _since_epoch(date.min), _since_epoch(date.max) + _DAY - 1


def _two_years_before(microseconds: int) -> int:
    days, rest = divmod(microseconds, _DAY)
    end = date.fromordinal(days + _EPOCH.toordinal())
    year = max(1, end.year - 2)
    return _since_epoch(end.replace(year=year, day=min(end.day, 28) if end.month == 2 else end.day)) + rest


class Window(NamedTuple):
    """Both ends, in microseconds since 1970-01-01."""

    first: int
    last: int

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day, since 1970-01-01."""
        return self.first // _DAY, self.last // _DAY


class WindowOptions(Options):
    """What dates and moments have in common: where they lie between two ends."""

    past: str | None = None
    future: str | None = None
    distribution: Distribution | None = None
    pattern: Pattern | None = None

    @field_validator("past", "future")
    @classmethod
    def _durations(cls, duration: str | None, info: ValidationInfo) -> str | None:
        try:
            parse_duration(duration or "0s")
        except ValueError as error:
            raise ValueError(f"{info.field_name}: {error}") from None
        return duration

    @cached_property
    def window(self) -> Window:
        """The ends. Raises ValueError for those that don't go together."""
        start: date | None = getattr(self, "from_", None)
        end: date | None = getattr(self, "to", None) if "to" in self.model_fields_set else None
        if self.past is not None and start is not None:
            raise ValueError("past counts back from to: give either past or from")
        if self.future is not None and end is not None:
            raise ValueError("future counts on from from: give either future or to")
        now = _NOW if end is None else _since_epoch(end)
        first = None if start is None else _since_epoch(start)
        last = now
        if self.future is not None:
            last = (now if first is None else first) + parse_duration(self.future)
        if self.past is not None:
            first = now - parse_duration(self.past)
        elif first is None:
            first = now if self.future is not None else _two_years_before(now)
        if first > last and start is not None:
            shown = REFERENCE if end is None else end
            shown = shown if isinstance(start, datetime) or not isinstance(shown, datetime) else shown.date()
            raise ValueError(f"from {start.isoformat()} is after to {shown.isoformat()}")
        if first < _FIRST or last > _LAST:
            raise ValueError("past and future must stay within the years 1 to 9999")
        return Window(first, last)

    def check_spread(self, scale: Scale) -> None:
        """Raises ValueError for a distribution or a pattern that doesn't fit the window."""
        check_distribution(self.distribution, scale)
        if self.pattern is None:
            return
        if self.distribution is not None:
            raise ValueError("give either a pattern or a distribution")
        first, last = self.window.days
        if last - first >= MOST_DAYS:
            raise ValueError("a pattern can be laid over 200 years at most")
        if not day_weights(self.pattern, first, last).any():
            raise ValueError("pattern: no day between from and to has a weight above zero")


class DateOptions(WindowOptions):
    """Both ends are included: ISO dates. ``to`` is 2026-01-01 by default, and ``from`` two years before ``to``.

    ``past``: in place of ``from``, how long before ``to``: "30d", "2w", "1y"; ``future``: in place of ``to``, how long
    after ``from``, which is 2026-01-01 then if not given. ``format``: text in place of a date, with the directives %Y
    %m %d %y %j. ``distribution``: how the days spread, counted from ``from``: {"kind": "exponential", "mean": 30}.
    ``pattern``: growth, seasons and weekdays, as {"growth": "exponential", "weekdays": true}.
    """

    from_: date | None = Field(default=None, alias="from")
    to: date = REFERENCE.date()
    format: str | None = None

    @field_validator("format")
    @classmethod
    def _well_formed(cls, form: str | None) -> str | None:
        return None if form is None else check_format(form, DATE_DIRECTIVES)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        self.check_spread(self.scale)
        if self.pattern is not None and self.pattern.hours is not None:
            raise ValueError("pattern: a date has no hours; use a datetime")
        return self

    @property
    def scale(self) -> Scale:
        """The days after the first."""
        first, last = self.window.days
        return Scale(0, last - first, last - first + 1)


@field_type("date")
class Date(FieldType[DateOptions]):
    """A day from ``from`` to ``to``, each as likely, e.g. ``{"from": "1950-01-01"}`` gives 1987-05-14.

    With ``{"past": "90d", "pattern": {"weekdays": true}}`` it is a working day of the last ninety.
    """

    def __init__(self, options: DateOptions, place: Place) -> None:
        super().__init__(options, place)
        self._first, self._last = options.window.days
        self._spread: Callable[[Words], Ints] | None = None
        if options.pattern is not None:
            self._spread = Chooser(day_weights(options.pattern, self._first, self._last).tolist()).pick
        elif options.distribution is not None:
            self._spread = sampler(options.distribution, options.scale, place)

    def column_type(self) -> ColumnType:
        """Dates, or text in a format."""
        return ColumnType.DATE if self.options.format is None else ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The days between the ends; None for those that some option leaves out or writes alike."""
        if self.options.format is not None or self.options.pattern is not None:
            return None
        return Distinct(self._last - self._first + 1, "days between its ends")

    def numbered(self, numbers: Ints) -> Column:
        """The days in their order."""
        return DateColumn(numbers + self._first)

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        words = context.words()
        drawn = integers(words, 0, self._last - self._first) if self._spread is None else self._spread(words)
        days = drawn + self._first
        return DateColumn(days) if self.options.format is None else written(self.options.format, days * _DAY)


class DatetimeOptions(WindowOptions):
    """Both ends are included: ISO times, in UTC where they name no zone; a date alone is its midnight.

    ``to`` is 2026-01-01T00:00:00Z by default, and ``from`` two years before ``to``. ``precision`` is "second" or
    "millisecond", counted from ``from``. ``past``: in place of ``from``, how long before ``to``: "12h", "30d", "1y";
    ``future``: in place of ``to``, how long after ``from``, which is 2026-01-01 then if not given. ``format``: text in
    place of a moment, with the directives %Y %m %d %H %M %S %y %j. ``distribution``: how the moments spread, in days
    counted from ``from``: {"kind": "exponential", "mean": 30}. ``pattern``: growth, seasons, weekdays and hours; those
    of business are {"weekdays": true, "hours": [9, 17]}.
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
        return Scale(0, steps * self.step / _DAY, steps + 1)


@field_type("datetime")
class Datetime(FieldType[DatetimeOptions]):
    """A moment in UTC from ``from`` to ``to``, each as likely, e.g. ``{"from": "2025-01-01"}`` gives 19 August.

    With ``{"past": "1y", "pattern": {"growth": "s-curve", "weekdays": true, "hours": [9, 17]}}`` it lies in office
    hours, in the later months of the last year more often.
    """

    def __init__(self, options: DatetimeOptions, place: Place) -> None:
        super().__init__(options, place)
        self._first = options.window.first
        self._steps = options.scale.count - 1
        self._spread: Callable[[Words], Ints] | None = None
        self._moments: _Moments | None = None
        if options.pattern is not None:
            self._moments = _Moments(options.pattern, options.window, options.step)
        elif options.distribution is not None:
            self._spread = sampler(options.distribution, options.scale, place)

    def column_type(self) -> ColumnType:
        """Moments in UTC, or text in a format."""
        return ColumnType.TIMESTAMP if self.options.format is None else ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The moments between the ends; None for those that some option leaves out or writes alike."""
        if self.options.format is not None or self.options.pattern is not None:
            return None
        return Distinct(self._steps + 1, f"{self.options.precision}s between its ends")

    def numbered(self, numbers: Ints) -> Column:
        """The moments in their order."""
        return TimestampColumn(numbers * self.options.step + self._first)

    def make(self, context: BlockContext) -> Column:
        """One word a row, and one more for the time of day that a pattern has."""
        words = context.words()
        if self._moments is not None:
            steps = self._moments.pick(words, context.words(lane=1))
        elif self._spread is not None:
            steps = self._spread(words)
        else:
            steps = integers(words, 0, self._steps)
        moments = steps * self.options.step + self._first
        return TimestampColumn(moments) if self.options.format is None else written(self.options.format, moments)


class _Moments:
    """The moments of a window that a pattern leaves open: a day by its weight, then any of its open steps."""

    def __init__(self, pattern: Pattern, window: Window, step: int) -> None:
        first, last = window.days
        opens, closes = pattern.hours or (0, 24)
        midnights = np.arange(first, last + 1, dtype=np.int64) * _DAY - window.first
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

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ > self.to:
            raise ValueError(f"from {self.from_} is after to {self.to}")
        return self


@field_type("time")
class Time(FieldType[TimeOptions]):
    """A time of day as text, each second as likely, e.g. ``{"from": "09:00", "to": "17:00"}`` gives "14:03:27"."""

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


class DateOfBirthOptions(Options):
    """Ages in whole years on 2026-01-01, both included. ``format``: text in place of a date: %Y %m %d %y %j."""

    min_age: int = Field(default=18, ge=0, le=150)
    max_age: int = Field(default=80, ge=0, le=150)
    format: str | None = None

    @field_validator("format")
    @classmethod
    def _well_formed(cls, form: str | None) -> str | None:
        return None if form is None else check_format(form, DATE_DIRECTIVES)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_age > self.max_age:
            raise ValueError(f"min_age {self.min_age} is greater than max_age {self.max_age}")
        return self


@field_type("date_of_birth")
class DateOfBirth(FieldType[DateOfBirthOptions]):
    """The birthday of somebody of an age on 2026-01-01, e.g. ``{"min_age": 18, "max_age": 30}`` gives 2003-08-17."""

    def __init__(self, options: DateOfBirthOptions, place: Place) -> None:
        super().__init__(options, place)
        day = REFERENCE.date()
        # Whoever was born on the day before is a year older then.
        self._first = _since_epoch(day.replace(year=day.year - options.max_age - 1)) // _DAY + 1
        self._last = _since_epoch(day.replace(year=day.year - options.min_age)) // _DAY

    def column_type(self) -> ColumnType:
        """Dates, or text in a format."""
        return ColumnType.DATE if self.options.format is None else ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        days = integers(context.words(), self._first, self._last)
        return DateColumn(days) if self.options.format is None else written(self.options.format, days * _DAY)


class NamedOptions(Options):
    """``format``: "name" in the locale's language, or "number"."""

    format: Literal["name", "number"] = "name"


class _Named(FieldType[NamedOptions]):
    """One of a few things that have a name and a number from 1."""

    def __init__(self, options: NamedOptions, place: Place) -> None:
        super().__init__(options, place)
        self._names = Pool(self.names(vocabulary(place.locale)))

    @staticmethod
    @abstractmethod
    def names(words: Vocabulary) -> tuple[str, ...]:
        """The names in their order."""

    def column_type(self) -> ColumnType:
        """Text or whole numbers."""
        return ColumnType.TEXT if self.options.format == "name" else ColumnType.INTEGER

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        drawn = integers(context.words(), 0, len(self._names) - 1)
        return TextColumn((Picked(self._names, drawn),)) if self.options.format == "name" else IntegerColumn(drawn + 1)


@field_type("month")
class Month(_Named):
    """A month, each as likely, e.g. "August"; ``{"format": "number"}`` gives 8."""

    @staticmethod
    def names(words: Vocabulary) -> tuple[str, ...]:
        """January first."""
        return words.month_names()


@field_type("weekday")
class Weekday(_Named):
    """A day of the week, each as likely, e.g. "Wednesday"; ``{"format": "number"}`` gives 3, Monday being 1."""

    @staticmethod
    def names(words: Vocabulary) -> tuple[str, ...]:
        """Monday first."""
        return words.weekday_names()


@field_type("time_zone")
class TimeZone(PhraseField[NoOptions]):
    """The IANA name of a time zone, each as likely, e.g. "Europe/Berlin"."""

    def phrase(self, words: Vocabulary) -> Phrase:  # noqa: ARG002 - the same in every locale
        """Those of Faker's list of countries."""
        zones = {zone for country in DateTimeProvider.countries for zone in country.timezones}
        return Phrase([(1.0, (vocables(sorted(zones)),))])
