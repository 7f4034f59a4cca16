"""Durations and spans of them, as options write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.durations import UNITS, parse_duration, parse_span

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1d", DAY),
        ("24h", DAY),
        ("1440m", DAY),
        ("86400 s", DAY),
        ("250ms", 250_000),
        ("1.5h", 5_400_000_000),
        ("2w", 14 * DAY),
        ("3mo", 90 * DAY),
        ("2y", 730 * DAY),
        (" 0s ", 0),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, microseconds: int) -> None:
    assert parse_duration(text) == microseconds


@given(st.integers(0, 9999), st.sampled_from(sorted(UNITS)))
def test_every_unit_counts_exactly(number: int, unit: str) -> None:
    assert parse_duration(f"{number}{unit}") == number * UNITS[unit]


@pytest.mark.parametrize("text", ["", "d", "5", "5 days", "-1d", "1d12h", "1.d", "1D", "1e3s", "٣d"])
def test_anything_else_is_refused_with_the_units_that_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: write a number and one of ms, s, m") as caught:
        parse_duration(text)
    assert repr(text) in str(caught.value)


def test_a_duration_fits_the_calendar() -> None:
    assert parse_duration("10000y") < 2**63
    with pytest.raises(ValueError, match="'10001y' is longer than 10000 years"):
        parse_duration("10001y")


def test_a_span_has_two_ends() -> None:
    assert parse_span("1d..60d") == (DAY, 60 * DAY)
    assert parse_span(" 1h .. 1d ") == (DAY // 24, DAY)
    assert parse_span("2d") == (2 * DAY, 2 * DAY)


def test_a_span_that_runs_backwards_or_lacks_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"write 1d\.\.60d"):
        parse_span("60d..1d")
    with pytest.raises(ValueError, match="'' is no duration"):
        parse_span("1d..")
