"""Numbers, times and uuids as text."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.render.digits import (
    FIRST_DAY,
    LAST_DAY,
    date_text,
    decimal_text,
    digits,
    fixed_point_text,
    timestamp_text,
    uuid_text,
)
from dm_mcp.generation.render.parts import Part, lay_out

from .columns import DAYS, INT64, MOMENTS, ints


def lines(parts: list[Part], rows: int) -> list[str]:
    return lay_out([*parts, b"\n"], rows).buffer.tobytes().decode().splitlines()


@given(st.lists(INT64 | st.integers(-12, 12), max_size=8))
def test_integers_are_written_as_python_writes_them(values: list[int]) -> None:
    assert lines([decimal_text(ints(values))], len(values)) == [str(value) for value in values]


@given(st.lists(INT64 | st.integers(-200, 200), max_size=8), st.integers(0, 25))
def test_decimals_keep_their_scale(values: list[int], scale: int) -> None:
    expected = [f"{Decimal(value).scaleb(-scale):f}" for value in values]
    assert lines(fixed_point_text(ints(values), scale), len(values)) == expected


@given(st.integers(1, 19).flatmap(lambda w: st.tuples(st.just(w), st.lists(st.integers(0, min(10**w, 2**63) - 1)))))
def test_digits_are_padded_to_their_width(example: tuple[int, list[int]]) -> None:
    width, values = example
    assert lines([digits(ints(values), width)], len(values)) == [f"{value:0{width}}" for value in values]


@given(st.lists(st.uuids(), max_size=5))
def test_uuids_have_hyphens(values: list[uuid.UUID]) -> None:
    matrix = np.frombuffer(b"".join(value.bytes for value in values), np.uint8).reshape(-1, 16)
    assert lines([uuid_text(matrix)], len(values)) == [str(value) for value in values]


@given(st.lists(DAYS | st.integers(0, 12), max_size=8))
def test_dates_are_iso(days: list[int]) -> None:
    epoch = date(1970, 1, 1)
    assert lines([date_text(ints(days))], len(days)) == [(epoch + timedelta(days=day)).isoformat() for day in days]


@given(st.lists(MOMENTS, max_size=8))
def test_timestamps_have_a_fraction_only_where_there_is_one(moments: list[int]) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [(epoch + timedelta(microseconds=us)).replace(tzinfo=None).isoformat() + "Z" for us in moments]
    assert lines(timestamp_text(ints(moments)), len(moments)) == expected


def test_the_first_and_last_days_are_those_of_python() -> None:
    assert lines([date_text(ints([FIRST_DAY, LAST_DAY]))], 2) == ["0001-01-01", "9999-12-31"]
