"""What binary COPY refuses, and how it says so."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dm_mcp.generation.columns import (
    Block,
    BooleanColumn,
    Choices,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    NestedColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)

from .columns import INT64, ints
from .one_column import encoded, refusal

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("type_name", "value", "reason"),
    [
        ("int4", True, "not bool"),
        ("int4", 1.5, "fraction"),
        ("int4", Decimal("1.5"), "fraction"),
        ("int4", Decimal("1E+999999"), "too large"),
        ("int4", float("nan"), "NaN"),
        ("int4", "1.5", "no whole number"),
        ("int4", "", "no whole number"),
        ("int8", 2**63, "out of range"),
        ("int4", [1], "not list"),
        ("float4", 1e39, "too large"),
        ("float4", 1e-60, "too small"),
        ("float8", 10**400, "too large"),
        ("float8", False, "not bool"),
        ("float8", "much", "no number"),
        ("numeric", Decimal("sNaN"), "signalling"),
        ("numeric", "1,5", "no number"),
        ("numeric", True, "not bool"),
        ("numeric", {}, "not dict"),
        ("bool", 1, "not int"),
        ("bool", "yes!", "neither true nor false"),
        ("uuid", "1234", "no uuid"),
        ("uuid", 5, "not int"),
        ("uuid", "zzzzzzzz-0000-0000-0000-000000000000", "no uuid"),
        ("date", "2026-02-30", "no date"),
        ("date", 20_260_101, "not int"),
        ("time", "25:00", "no time"),
        ("time", time(12, tzinfo=UTC), "time zone"),
        ("time", NAIVE, "not datetime"),
        ("timestamptz", NAIVE, "without a time zone"),
        ("timestamptz", "2026-01-01T00:00:00", "without a time zone"),
        ("timestamp", "yesterday", "no time"),
        ("timestamp", 1.0, "not float"),
        ("text", "a\0b", "NUL"),
        ("text", "\ud800", "surrogate"),
        ("text", b"bytes", "not bytes"),
        ("json", {"a": float("nan")}, "no NaN"),
        ("json", {"a": "\ud800"}, "surrogate"),
        ("json", object(), "JSON"),
        ("jsonb", {"a": ["\0"]}, "NUL"),
        ("jsonb", float("inf"), "no infinity"),
        ("bytea", "text", "not str"),
    ],
)
def test_what_a_type_can_not_hold_is_refused_with_its_place(type_name: str, value: Any, reason: str) -> None:
    for column, row in (
        (ObjectColumn([None, None, value]), 13),
        (ObjectColumn([value]), 11),
        (PickedColumn(Choices([None, value]), ints([0, 1, 1])), 12),
    ):
        error = refusal(column, type_name, row - 10 if isinstance(column, ObjectColumn) else 3)
        assert reason in error.message
        assert type_name in error.message
        assert {key: error.where.get(key) for key in ("table", "column", "row")} == {
            "table": "t",
            "column": "x",
            "row": row,
        }
        assert error.__cause__ is None


@pytest.mark.parametrize(
    ("column", "type_name", "row"),
    [
        (IntegerColumn(ints([0, 40_000])), "int2", 12),
        (IntegerColumn(ints([3, 0])), "bool", 11),
        (FloatColumn(np.array([0.0, 1e39])), "float4", 12),
        (FloatColumn(np.array([1.0, 0.5])), "int4", 12),
        (BooleanColumn(np.array([True, False])), "int4", 11),
        (TimestampColumn(ints([0, -(2**62)])), "timestamptz", 12),
        (DateColumn(ints([0, 2**40])), "date", 12),
        (DateColumn(ints([0, 2**40])), "timestamp", 12),
        (TextColumn((Picked(Pool(["a", "\0"]), ints([0, 1])),)), "text", 12),
        (TextColumn((Picked(Pool(["a", "\0"]), ints([0, 1])),)), "jsonb", 12),
        (TextColumn(("a\0",)), "varchar", 11),
        (TextColumn(("a",)), "uuid", 11),
        (UuidColumn(np.zeros((2, 16), np.uint8)), "int4", 11),
    ],
)
def test_arrays_are_checked_as_values_are(column: Column, type_name: str, row: int) -> None:
    assert refusal(column, type_name, 2).where.get("row") == row


def test_what_stands_under_null_is_not_checked() -> None:
    null = np.array([True, False])
    for column, type_name in (
        (IntegerColumn(ints([2**40, 1]), null=null), "int2"),
        (DateColumn(ints([2**60, 1]), null=null), "date"),
        (TimestampColumn(ints([2**62, 1]), null=null), "text"),
        (DecimalColumn(ints([1, 100]), 2, null=null), "int4"),
        (FloatColumn(np.array([np.nan, 1.0]), null=null), "jsonb"),
        (TextColumn((Picked(Pool(["a", "\0"]), ints([1, 0])),), null=null), "text"),
    ):
        first, second = encoded(column, type_name, 2)
        assert first is None
        assert second is not None


def test_digits_that_the_scale_would_cut_are_refused() -> None:
    for column in (
        DecimalColumn(ints([1990, 1995]), 3),
        FloatColumn(np.array([1.99, 1.995])),
        ObjectColumn([Decimal("1.990"), Decimal("1.995")]),
        ObjectColumn(["1.99", "1.995"]),
    ):
        error = refusal(column, "numeric", 2, scale=2)
        assert error.where.get("row") == 12
        assert "numeric of scale 2" in error.message
        assert "2 digits after the point" in error.message
        assert "Round it" in error.hint


def test_a_choice_that_does_not_fit_is_no_error_until_it_is_picked() -> None:
    choices = Choices([1, "many", None])
    assert encoded(PickedColumn(choices, ints([0, 2, 0])), "int4", 3) == [1, None, 1]
    assert refusal(PickedColumn(choices, ints([0, 2, 1])), "int4", 3).where.get("row") == 13


def test_a_null_for_a_column_that_allows_none() -> None:
    for column in (
        IntegerColumn(ints([1, 1]), null=np.array([False, True])),
        ObjectColumn([1, None]),
        PickedColumn(Choices([None, 1]), ints([1, 0])),
    ):
        error = refusal(column, "int4", 2, nullable=False)
        assert error.where.get("row") == 12
        assert "no null" in error.message


def test_a_long_value_is_shortened() -> None:
    error = refusal(ObjectColumn(["x" * 500]), "int4", 1)
    shown = error.where.get("value", "")
    assert len(shown) == 80
    assert shown.endswith("...")


def test_a_sensitive_value_is_nowhere_in_the_error() -> None:
    secret = "4111-1111"
    for column in (ObjectColumn([secret]), PickedColumn(Choices([secret]), ints([0])), TextColumn((secret,))):
        for type_name in ("int4", "numeric", "float8", "date", "timestamptz", "uuid", "bool", "time", "bytea"):
            error = refusal(column, type_name, 1, sensitive=True)
            assert secret not in f"{error} {error.to_dict()}"
            assert "value" not in error.where


@given(st.lists(INT64, min_size=1, max_size=5), st.sampled_from((2, 4)))
def test_integers_out_of_range_never_wrap(values: list[int], size: int) -> None:
    low, high = -(1 << 8 * size - 1), (1 << 8 * size - 1) - 1
    bad = [at for at, value in enumerate(values) if not low <= value <= high]
    assume(bad)
    for column in (IntegerColumn(ints(values)), ObjectColumn(values)):
        assert refusal(column, f"int{size}", len(values)).where.get("row") == 11 + bad[0]


@pytest.mark.parametrize("ends", [None, [1, 2, 3]])
def test_a_nul_inside_nested_objects_is_refused_with_its_row(ends: list[int] | None) -> None:
    inside = Block(("a",), (ObjectColumn(["x", "\\u0000", "y\0"]),), 3)
    column = NestedColumn(inside, None if ends is None else ints(ends))
    error = refusal(column, "jsonb", 3)
    assert error.where.get("row") == 13
    assert "NUL" in error.message
