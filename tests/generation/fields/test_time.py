"""date, datetime."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.generation.templates import values


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
