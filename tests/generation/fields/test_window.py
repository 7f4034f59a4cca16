"""date, datetime, time, date_of_birth: when they lie, and how they spread."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.registry import Place, find_type
from dm_mcp.generation.render.values import to_python
from tests.generation.templates import BLOCK, compiled, field, values


def test_a_date_lies_between_its_ends_and_reaches_both() -> None:
    made = values("date", options={"from": "2024-02-28", "to": "2024-03-01"})
    assert set(made) == {date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)}


def test_dates_of_any_age_can_be_asked_for() -> None:
    made = values("date", 500, {"from": "0001-01-01", "to": "9999-12-31"})
    assert min(made) < date(1000, 1, 1)
    assert max(made) > date(9000, 1, 1)


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({}, date(2024, 1, 1), date(2026, 1, 1)),
        ({"to": "2024-02-29"}, date(2022, 2, 28), date(2024, 2, 29)),
        ({"to": "0001-05-05"}, date(1, 5, 5), date(1, 5, 5)),
    ],
)
def test_the_time_before_the_end_is_two_years_unless_told(options: dict[str, Any], first: date, last: date) -> None:
    made = values("date", 9000, options)
    assert (min(made), max(made)) == (first, last)


def test_a_moment_is_in_utc_and_of_whole_seconds() -> None:
    made = values("datetime")
    assert all(value.tzinfo is UTC and value.microsecond == 0 for value in made)
    assert datetime(2024, 1, 1, tzinfo=UTC) <= min(made) < datetime(2024, 1, 7, tzinfo=UTC)
    assert datetime(2025, 12, 25, tzinfo=UTC) < max(made) <= datetime(2026, 1, 1, tzinfo=UTC)


def test_a_moment_can_be_of_milliseconds() -> None:
    made = values("datetime", options={"precision": "millisecond"})
    assert any(value.microsecond for value in made)
    assert not any(value.microsecond % 1000 for value in made)


def test_a_zone_is_counted_in() -> None:
    ends = {"from": "2025-01-01T00:00:00+01:00", "to": "2025-01-01T00:00:02+01:00"}
    start = datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert set(values("datetime", 100, ends)) == {start + timedelta(seconds=second) for second in range(3)}


YEAR = {"from": "2025-01-01", "to": "2025-12-31"}
DAYS_OF_2025 = [date(2025, 1, 1) + timedelta(days=i) for i in range(365)]


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"past": "10d"}, date(2025, 12, 22), date(2026, 1, 1)),
        ({"past": "1w", "to": "2024-03-05"}, date(2024, 2, 27), date(2024, 3, 5)),
        ({"future": "3d"}, date(2026, 1, 1), date(2026, 1, 4)),
        ({"future": "1d", "from": "2024-02-29"}, date(2024, 2, 29), date(2024, 3, 1)),
        ({"past": "2d", "future": "2d"}, date(2025, 12, 30), date(2026, 1, 3)),
    ],
)
def test_a_window_may_be_told_by_its_length(options: dict[str, Any], first: date, last: date) -> None:
    made = values("date", 500, options)
    assert (min(made), max(made)) == (first, last)


def test_a_moment_may_lie_in_the_last_hours() -> None:
    made = values("datetime", 4000, {"past": "12h"})
    assert datetime(2025, 12, 31, 12, tzinfo=UTC) <= min(made) < datetime(2025, 12, 31, 12, 5, tzinfo=UTC)
    assert datetime(2025, 12, 31, 23, 55, tzinfo=UTC) < max(made) <= datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("date", {"from": "2027-01-01"}, "from 2027-01-01 is after to 2026-01-01"),
        ("datetime", {"from": "2027-01-01"}, "from 2027-01-01T00:00:00 is after to 2026-01-01T00:00:00"),
        ("date", {"past": "30 days"}, "past: '30 days' is no duration: write a number and one of"),
        ("date", {"past": "3d", "from": "2025-01-01"}, "give either past or from"),
        ("date", {"future": "3d", "to": "2025-01-01"}, "give either future or to"),
        ("datetime", {"past": "9000y"}, "must stay within the years 1 to 9999"),
        ("date", {"format": "%A"}, "has %A; allowed are %Y, %m, %d, %y, %j and %%"),
        ("date", {"format": "%H:%M"}, "has %H; allowed are"),
        ("date", {"format": "100%"}, "format '100%' has %;"),
        ("date", {"format": "day"}, "shows no part of the time"),
        ("time", {"format": "%Y"}, "allowed are %H, %M, %S"),
        ("time", {"from": "10:00", "to": "09:00"}, "from 10:00:00 is after to 09:00:00"),
        ("date", {"pattern": {"growth": "linear", "churn": "linear"}}, "can't have both growth and churn"),
        ("date", {"pattern": {"seasons": [1, 2]}}, "pattern: seasons: there are 2 weights for 12 values"),
        ("date", {"pattern": {"weekdays": [0] * 7}}, "pattern: weekdays: all weights are zero"),
        ("date", {"pattern": {"hours": [9, 17]}}, "a date has no hours"),
        ("datetime", {"pattern": {"hours": [17, 9]}}, r"hours \[17, 9\] end before they begin"),
        ("date", {"from": "1700-01-01", "pattern": {"weekdays": True}}, "over 200 years at most"),
        (
            "date",
            {"from": "2025-01-04", "to": "2025-01-05", "pattern": {"weekdays": True}},
            "no day between from and to",
        ),
        ("datetime", {"past": "1h", "pattern": {"hours": [9, 17]}}, "none of its hours lies between"),
        ("date", {"pattern": {}, "distribution": {"kind": "uniform"}}, "either a pattern or a distribution"),
        ("date", {"distribution": {"kind": "normal", "mean": -9e6, "sd": 1}}, "option 'distribution'"),
        ("date_of_birth", {"min_age": 30, "max_age": 20}, "min_age 30 is greater than max_age 20"),
    ],
)
def test_what_makes_no_sense_is_refused(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        values(type_name, 1, options)


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%Y%m%d", "%j/%y", 'the %d"th, 100%%'])
def test_a_date_may_be_text_in_a_format(form: str) -> None:
    options = {"from": "0999-01-01", "to": "2028-12-31"}
    plain = values("date", 300, options)
    texts = values("date", 300, {**options, "format": form})
    assert texts == [day.strftime(form.replace("%Y", f"{day.year:04d}")) for day in plain]


def test_a_moment_may_be_text_in_a_format() -> None:
    form = "%Y-%m-%dT%H:%M:%S"
    assert values("datetime", 300, {"format": form}) == [moment.strftime(form) for moment in values("datetime", 300)]


def test_a_time_of_day_lies_between_its_ends() -> None:
    made = values("time", 3000, {"from": "08:59:58", "to": "09:00:01"})
    assert set(made) == {"08:59:58", "08:59:59", "09:00:00", "09:00:01"}
    assert values("time", 5, {"format": "%H.%M"}) == [f"{text[:2]}.{text[3:5]}" for text in values("time", 5)]


def test_a_date_of_birth_is_that_of_somebody_of_that_age_at_the_new_year() -> None:
    made = values("date_of_birth", 9000, {"min_age": 18, "max_age": 19})
    assert (min(made), max(made)) == (date(2006, 1, 2), date(2008, 1, 1))


def chi_square(drawn: Counter[int], weights: dict[int, float]) -> float:
    """How far off the counts are from the weights."""
    count, total = sum(drawn.values()), sum(weights.values())
    assert {key for key, weight in weights.items() if weight} >= set(drawn)
    expected = {key: count * weight / total for key, weight in weights.items() if weight}
    return sum((drawn[key] - share) ** 2 / share for key, share in expected.items())


def test_seasons_weigh_the_days_of_their_months() -> None:
    seasons = [1, 1, 2, 2, 3, 0, 5, 5, 2, 2, 1, 6.5]
    drawn = Counter(day.month for day in values("date", 30_000, {**YEAR, "pattern": {"seasons": seasons}}))
    weights = {month: sum(seasons[month - 1] for day in DAYS_OF_2025 if day.month == month) for month in range(1, 13)}
    assert chi_square(drawn, weights) < 29.6  # 10 degrees of freedom: one in a thousand lies above


def test_weekdays_weigh_the_days_of_a_week() -> None:
    listed = [1, 2, 3, 4, 5, 6, 0]
    drawn = Counter(day.weekday() for day in values("date", 30_000, {**YEAR, "pattern": {"weekdays": listed}}))
    weights = {
        weekday: float(sum(listed[weekday] for day in DAYS_OF_2025 if day.weekday() == weekday)) for weekday in range(7)
    }
    assert chi_square(drawn, weights) < 20.5  # 5 degrees of freedom: one in a thousand lies above


def test_weekdays_alone_are_those_of_work() -> None:
    drawn = Counter(day.weekday() for day in values("date", 5000, {"pattern": {"weekdays": True}}))
    assert set(drawn) == set(range(5))


def test_hours_of_business_are_kept_in_utc() -> None:
    made = values("datetime", 20_000, {**YEAR, "pattern": {"weekdays": True, "hours": [9, 17]}})
    drawn = Counter(moment.hour for moment in made)
    assert chi_square(drawn, dict.fromkeys(range(9, 17), 1.0)) < 24.3  # 7 degrees of freedom
    assert {moment.weekday() for moment in made} == set(range(5))
    assert set(
        values("datetime", 9000, {"from": "2025-01-01T16:59:58", "to": "2025-01-02", "pattern": {"hours": [9, 17]}})
    ) == {datetime(2025, 1, 1, 16, 59, second, tzinfo=UTC) for second in (58, 59)}


def test_a_day_that_is_half_in_the_window_comes_half_as_often() -> None:
    made = values("datetime", 20_000, {"from": "2025-01-01T12:00:00", "to": "2025-01-03", "pattern": {}})
    drawn = Counter(moment.day for moment in made)
    assert drawn[1] / drawn[2] == pytest.approx(0.5, abs=0.03)


def _linear(x: float) -> float:
    return (x + 9 * x * x / 2) / 5.5


def _s_curve(x: float) -> float:
    return (x + 9 * (x**3 - x**4 / 2)) / 5.5


def _exponential(x: float) -> float:
    return (10.0**x - 1) / 9


@pytest.mark.parametrize(
    ("course", "share"), [("linear", _linear), ("s-curve", _s_curve), ("exponential", _exponential)]
)
@pytest.mark.parametrize("direction", ["growth", "churn"])
def test_business_grows_or_declines_by_its_curve(course: str, share: Callable[[float], float], direction: str) -> None:
    """Kolmogorov and Smirnov's distance, below what one sample in a thousand exceeds."""
    options = {"from": "2020-01-01", "to": "2025-12-31", "pattern": {direction: course}}
    start = datetime(2020, 1, 1, tzinfo=UTC)
    length = datetime(2025, 12, 31, tzinfo=UTC) - start
    made = np.sort([(moment - start) / length for moment in values("datetime", 20_000, options)])
    expected = np.array([share(x) if direction == "growth" else 1 - share(1 - x) for x in made])
    ranks = np.arange(len(made)) / len(made)
    assert np.abs(ranks - expected).max() < 1.95 / len(made) ** 0.5


def test_a_factor_says_how_much_busier_the_end_is() -> None:
    made = values("date", 40_000, {**YEAR, "pattern": {"growth": "exponential", "factor": 3}})
    drawn = Counter(day.month for day in made)
    assert 31 * drawn[1] / 31 / drawn[12] == pytest.approx(1 / 3 ** (334 / 365), rel=0.08)


def test_a_distribution_counts_days_from_the_first() -> None:
    made = values("date", 20_000, {"from": "2025-01-01", "distribution": {"kind": "exponential", "mean": 30}})
    assert np.mean([(day - date(2025, 1, 1)).days for day in made]) == pytest.approx(30, rel=0.05)
    moments = values(
        "datetime", 20_000, {"from": "2025-01-01", "distribution": {"kind": "normal", "mean": 100, "sd": 5}}
    )
    assert np.mean([(moment - datetime(2025, 1, 1, tzinfo=UTC)).days for moment in moments]) == pytest.approx(
        99.5, abs=0.2
    )


@pytest.mark.parametrize(
    "options",
    [{"pattern": {"growth": "linear", "hours": [9, 17]}}, {"distribution": {"kind": "exponential", "mean": 30}}],
)
def test_few_moments_are_the_first_of_many(options: dict[str, Any]) -> None:
    many = values("datetime", BLOCK + 10, options)
    assert values("datetime", 10, options) == many[:10]
    assert many[BLOCK:] != many[:10]


@pytest.mark.parametrize("type_name", ["date", "datetime"])
def test_days_and_moments_number_themselves(type_name: str) -> None:
    cls = find_type(type_name)

    def field(**options: Any) -> Any:
        return cls(cls.options_model.model_validate(options), Place("at", "en_US", {"at": type_name}))

    made = field(past="10d")
    count = made.distinct().count
    assert count == (11 if type_name == "date" else 864_001)
    texts = to_python(made.numbered(np.array([0, 1, count - 1])), 3)
    assert texts == sorted(set(texts))
    assert field(pattern={"weekdays": True}).distinct() is None


@pytest.mark.parametrize("type_name", ["date", "datetime"])
def test_what_spreads_in_a_way_of_its_own_is_not_made_unique(type_name: str) -> None:
    options = {"past": "1y", "distribution": {"kind": "exponential", "mean": 5}}
    with pytest.raises(TemplateError, match="can't be made unique"):
        compiled({**field("at", type_name, **options), "unique": True})
