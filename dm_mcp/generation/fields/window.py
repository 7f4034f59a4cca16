"""Where dates and moments lie: the options that both have in common.

Their defaults hang on `REFERENCE` and never on today, so that a seed gives the same rows tomorrow.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple, Self

from pydantic import ValidationInfo, field_validator, model_validator

from dm_mcp.generation.distributions import Distribution, Scale, check_distribution
from dm_mcp.generation.durations import parse_duration
from dm_mcp.generation.fields.after import parse_after
from dm_mcp.generation.pattern import MOST_DAYS, Pattern, day_weights
from dm_mcp.generation.registry import Options

__all__ = ["DAY", "REFERENCE", "Window", "WindowOptions", "since_epoch"]

REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Where time ends for a field that doesn't say."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000
"""Microseconds."""


def since_epoch(moment: date) -> int:
    """Microseconds since 1970-01-01; of a day, at its midnight; in UTC where a moment names no zone."""
    if not isinstance(moment, datetime):
        return (moment.toordinal() - _EPOCH.toordinal()) * DAY
    # Not by astimezone: in UTC a moment may lie before the year 1 or behind 9999.
    return (moment.replace(tzinfo=UTC) - _EPOCH - (moment.utcoffset() or timedelta())) // _MICROSECOND


_NOW = since_epoch(REFERENCE)
_FIRST, _LAST = since_epoch(date.min), since_epoch(date.max) + DAY - 1


_OUTSIDE = "from, to, past and future must stay within the years 1 to 9999, in UTC"


def _two_years_before(microseconds: int) -> int:
    days, rest = divmod(microseconds, DAY)
    end = date.fromordinal(days + _EPOCH.toordinal())
    year = max(1, end.year - 2)
    return since_epoch(end.replace(year=year, day=min(end.day, 28) if end.month == 2 else end.day)) + rest


class Window(NamedTuple):
    """Both ends, in microseconds since 1970-01-01."""

    first: int
    last: int

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day, since 1970-01-01."""
        return self.first // DAY, self.last // DAY


class WindowOptions(Options):
    """What dates and moments have in common: where they lie between two ends."""

    past: str | None = None
    future: str | None = None
    distribution: Distribution | None = None
    pattern: Pattern | None = None
    after: str | None = None

    @field_validator("after")
    @classmethod
    def _following(cls, after: str | None) -> str | None:
        if after is not None:
            parse_after(after)
        return after

    @model_validator(mode="after")
    def _alone(self) -> Self:
        others = self.model_fields_set - {"after", "format", "precision", "to"}
        if self.after is not None and others:
            other = min(others).removesuffix("_")
            raise ValueError(f"after says when it is; leave out {other}")
        return self

    @field_validator("past", "future")
    @classmethod
    def _durations(cls, duration: str | None, info: ValidationInfo) -> str | None:
        try:
            parse_duration("0s" if duration is None else duration)
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
        now = _NOW if end is None else since_epoch(end)
        if not _FIRST <= now <= _LAST:
            raise ValueError(_OUTSIDE)
        first = None if start is None else since_epoch(start)
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
            raise ValueError(_OUTSIDE)
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
