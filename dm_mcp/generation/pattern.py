"""How busy the days of a window are: the option ``pattern`` of dates and times, as a weight for each day."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from dm_mcp.generation.columns import Ints
from dm_mcp.generation.distributions import exp, ln
from dm_mcp.generation.registry import Options
from dm_mcp.generation.streams import check_weights

__all__ = ["MOST_DAYS", "Pattern", "day_weights"]

MOST_DAYS = 200 * 366
"""The longest window that a pattern can be laid over."""

Course = Literal["linear", "exponential", "s-curve"]
Hour = Annotated[int, Field(ge=0, le=24)]


class Pattern(Options):
    """How busy a moment is, all of it together: ``{"growth": "s-curve", "weekdays": true, "hours": [9, 17]}``.

    ``growth``: business grows over the window, "linear", "exponential" (each day by the same percentage) or as an
    "s-curve" (slowly, fast, slowly); the last day is ``factor`` times as busy as the first (10 if not given).
    ``churn`` is the same the other way round: business declines to a ``factor``-th.
    ``seasons``: twelve weights, January first: how busy a day of each month is.
    ``weekdays``: true for Monday to Friday only, or seven weights, Monday first.
    ``hours``, for moments: from which hour to which, in UTC; [9, 17] ends one moment before 17:00.
    """

    growth: Course | None = None
    churn: Course | None = None
    factor: float = Field(default=10.0, gt=1, le=1e9)
    seasons: list[float] | None = None
    weekdays: bool | list[float] = False
    hours: tuple[Hour, Hour] | None = None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.growth is not None and self.churn is not None:
            raise ValueError("pattern: business can't have both growth and churn; leave one out")
        for name, weights, count in (("seasons", self.seasons, 12), ("weekdays", self.weekdays, 7)):
            if isinstance(weights, list):
                try:
                    check_weights(weights, count)
                except ValueError as error:
                    raise ValueError(f"pattern: {name}: {error}") from None
        if self.hours is not None and self.hours[0] >= self.hours[1]:
            raise ValueError(f"pattern: hours {list(self.hours)} end before they begin")
        return self


def day_weights(pattern: Pattern, first: int, last: int) -> NDArray[np.float64]:
    """The weight of each day from first to last, as days since 1970-01-01; all zero where no day is open.

    Nothing but + - * / is in the way to them, so that every machine has the same.
    """
    days = np.arange(first, last + 1, dtype=np.int64)
    weights = _course(pattern, len(days))
    if pattern.seasons is not None:
        weights = weights * np.array(pattern.seasons, np.float64)[_months(days)]
    if pattern.weekdays is not False:
        listed = pattern.weekdays if isinstance(pattern.weekdays, list) else [1, 1, 1, 1, 1, 0, 0]
        # 1970-01-01 was a Thursday.
        weights = weights * np.array(listed, np.float64)[(days + 3) % 7]
    return weights


def _months(days: Ints) -> Ints:
    """The months of days, January being 0."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64) % 12


def _course(pattern: Pattern, count: int) -> NDArray[np.float64]:
    """How busy each day is by growth or churn, from 1 to the factor, taken in the middle of the day."""
    course = pattern.growth or pattern.churn
    if course is None:
        return np.ones(count)
    share = (np.arange(count, dtype=np.float64) + 0.5) / count
    rise = pattern.factor - 1
    if course == "linear":
        weights = 1 + rise * share
    elif course == "s-curve":
        # The cubic that is flat at both ends ("smoothstep").
        weights = 1 + rise * (share * share * (3 - 2 * share))
    else:
        a_day = exp(ln(pattern.factor) / count)
        weights = np.multiply.accumulate(np.full(count, a_day)) / exp(ln(pattern.factor) / (2 * count))
    return weights[::-1].copy() if pattern.churn is not None else weights
