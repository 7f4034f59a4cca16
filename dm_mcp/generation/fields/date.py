"""Field types for days: date, date_of_birth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from dm_mcp.generation.columns import Column, DateColumn, Ints
from dm_mcp.generation.distributions import Scale, sampler
from dm_mcp.generation.fields.after import Followed, parse_after, references_of
from dm_mcp.generation.fields.time_text import DATE_DIRECTIVES, check_format, shown, written
from dm_mcp.generation.fields.window import DAY, REFERENCE, WindowOptions, since_epoch
from dm_mcp.generation.pattern import day_weights
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser, Words, integers

__all__ = ["Date", "DateOfBirth", "DateOfBirthOptions", "DateOptions"]


class DateOptions(WindowOptions):
    """Both ends are included: ISO dates. ``to`` is 2026-01-01 by default, and ``from`` two years before ``to``.

    ``past``: in place of ``from``, how long before ``to``: "30d", "2w", "1y"; ``future``: in place of ``to``, how long
    after ``from``, which is 2026-01-01 then if not given. ``format``: text in place of a date, with the directives %Y
    %m %d %y %j. ``distribution``: how the days spread, counted from ``from``: {"kind": "exponential", "mean": 30}.
    ``pattern``: growth, seasons and weekdays, as {"growth": "exponential", "weekdays": true}. ``after``: in place of
    all these, some days after another date: "created_at, 1d..60d", or "tmpl_customer.created_at, 1d..60d" for that of
    the row that a reference leads to; a ``to`` beside it cuts the span off.
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

    localised: ClassVar[bool] = False

    def __init__(self, options: DateOptions, place: Place) -> None:
        super().__init__(options, place)
        last = options.window.last if "to" in options.model_fields_set else None
        self._followed = Followed(parse_after(options.after), place, last) if options.after else None
        self._first, self._last = options.window.days
        self._spread: Callable[[Words], Ints] | None = None
        if options.pattern is not None:
            self._spread = Chooser(day_weights(options.pattern, self._first, self._last).tolist()).pick
        elif options.distribution is not None:
            self._spread = sampler(options.distribution, options.scale, place)

    @classmethod
    def references(cls, options: DateOptions, place: Place) -> tuple[str, ...]:
        """The field that it comes after, if it does."""
        return references_of(parse_after(options.after), place) if options.after else ()

    def column_type(self) -> ColumnType:
        """Dates, or text in a format."""
        return ColumnType.DATE if self.options.format is None else ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The days between the ends; None for those that some option leaves out or writes alike."""
        if self.options.format or self.options.pattern or self.options.after or self.options.distribution:
            return None
        return Distinct(self._last - self._first + 1, "days between its ends")

    def numbered(self, numbers: Ints) -> Column:
        """The days in their order."""
        return DateColumn(numbers + self._first)

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        if self._followed is not None:
            moments, null = self._followed.moments(context, DAY)
            return shown(self.options.format, DateColumn(moments // DAY, null=null), moments)
        words = context.words()
        drawn = integers(words, 0, self._last - self._first) if self._spread is None else self._spread(words)
        days = drawn + self._first
        return shown(self.options.format, DateColumn(days), days * DAY)


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


@field_type("date_of_birth", "birthday")
class DateOfBirth(FieldType[DateOfBirthOptions]):
    """The birthday of somebody of an age on 2026-01-01, e.g. ``{"min_age": 18, "max_age": 30}`` gives 2003-08-17."""

    localised: ClassVar[bool] = False

    def __init__(self, options: DateOfBirthOptions, place: Place) -> None:
        super().__init__(options, place)
        day = REFERENCE.date()
        # Whoever was born on the day before is a year older then.
        self._first = since_epoch(day.replace(year=day.year - options.max_age - 1)) // DAY + 1
        self._last = since_epoch(day.replace(year=day.year - options.min_age)) // DAY

    def column_type(self) -> ColumnType:
        """Dates, or text in a format."""
        return ColumnType.DATE if self.options.format is None else ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        days = integers(context.words(), self._first, self._last)
        return DateColumn(days) if self.options.format is None else written(self.options.format, days * DAY)
