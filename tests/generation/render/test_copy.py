"""PostgreSQL's binary COPY, read back by a decoder of our own."""

import json
import struct
import uuid
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.columns import (
    BooleanColumn,
    Choices,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.copy import COPY_TYPES, HEADER, TRAILER, CopyEncoder, CopyTarget
from dm_mcp.generation.render.values import to_python

from . import binary_copy
from .columns import DAYS, FLOATS, INT64, MOMENTS, NESTED, STORABLE, as_json, block, ints, n, texts
from .one_column import encoded, forms, refusal

TEXT_TYPES = ("text", "varchar", "bpchar", "name", "enum")
EAST = timezone(timedelta(hours=5, minutes=30))


def nullable(values: list[Any], nulls: list[bool]) -> list[Any]:
    return [None if null else value for value, null in zip(values, nulls, strict=True)]


def rows_of(each: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[list[Any], list[bool]]]:
    return st.integers(1, 6).flatmap(lambda rows: st.tuples(n(each, rows), n(st.booleans(), rows)))


def test_a_known_row() -> None:
    """The example is written out from the documented format."""
    example = block(2, n=IntegerColumn(ints([1, -2])), t=TextColumn(("ü",), null=np.array([False, True])))
    data = CopyEncoder([CopyTarget("n", "int4"), CopyTarget("t", "text")], "t").encode(example, 1)
    assert bytes(data).hex(" ") == (
        "00 02 00 00 00 04 00 00 00 01 00 00 00 02 c3 bc 00 02 00 00 00 04 ff ff ff fe ff ff ff ff"
    )
    assert b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0) == HEADER
    assert struct.pack("!h", -1) == TRAILER


@pytest.mark.parametrize(("type_name", "bits"), [("int2", 16), ("int4", 32), ("int8", 64)])
def test_integers(type_name: str, bits: int) -> None:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    values = [low, -1, 0, 1, high]
    for column in (IntegerColumn(ints(values)), *forms(values), *forms([str(value) for value in values])):
        assert encoded(column, type_name, 5) == values
    for column in (DecimalColumn(ints([700, -200]), 2), *forms([7.0, -2.0]), *forms([Decimal("7.0"), Decimal(-2)])):
        assert encoded(column, type_name, 2) == [7, -2]
    for beyond in (low - 1, high + 1):
        error = refusal(ObjectColumn([0, beyond]), type_name, 2)
        assert error.where == {"table": "t", "column": "x", "row": 12, "value": str(beyond)}
        assert f"out of range, {low} to {high}" in error.message


@given(rows_of(INT64), st.sampled_from(("int8", "numeric", "text", "json", "jsonb")))
def test_integers_with_nulls(example: tuple[list[int], list[bool]], type_name: str) -> None:
    values, nulls = example
    expected = nullable([str(value) if type_name == "text" else value for value in values], nulls)
    for column in (IntegerColumn(ints(values), null=np.array(nulls)), ObjectColumn(nullable(values, nulls))):
        assert encoded(column, type_name, len(values)) == expected


@given(rows_of(FLOATS))
def test_floats(example: tuple[list[float], list[bool]]) -> None:
    values, nulls = example
    expected = nullable(values, nulls)
    for column in (FloatColumn(np.array(values), null=np.array(nulls)), ObjectColumn(expected)):
        rows = len(values)
        assert encoded(column, "float8", rows) == expected
        assert encoded(column, "text", rows) == [None if v is None else repr(v) for v in expected]
        exact = [None if v is None else Decimal(repr(v)) for v in expected]
        assert encoded(column, "numeric", rows) == exact
        assert encoded(column, "jsonb", rows) == expected


@given(rows_of(st.floats(width=32)))
def test_single_floats(example: tuple[list[float], list[bool]]) -> None:
    values, nulls = example
    expected = nullable(values, nulls)
    for column in (FloatColumn(np.array(values), null=np.array(nulls)), ObjectColumn(expected)):
        assert repr(encoded(column, "float4", len(values))) == repr(expected)


@given(rows_of(st.integers(-(10**9), 10**9)), st.integers(2, 6))
def test_floats_of_few_digits_fit_a_numeric_of_that_scale(example: tuple[list[int], list[bool]], scale: int) -> None:
    cents, nulls = example
    expected = nullable([Decimal(f"{cent}E-2") for cent in cents], nulls)
    values = [cent / 100 for cent in cents]
    for column in (FloatColumn(np.array(values), null=np.array(nulls)), ObjectColumn(nullable(values, nulls))):
        assert encoded(column, "numeric", len(cents), scale) == expected


@given(rows_of(INT64 | st.integers(-20_000, 20_000)), st.integers(0, 18))
def test_decimals(example: tuple[list[int], list[bool]], scale: int) -> None:
    unscaled, nulls = example
    values = [Decimal(f"{value}E-{scale}") for value in unscaled]
    expected = nullable(values, nulls)
    for column in (DecimalColumn(ints(unscaled), scale, null=np.array(nulls)), ObjectColumn(expected)):
        rows = len(values)
        assert encoded(column, "numeric", rows) == expected
        assert encoded(column, "numeric", rows, scale) == expected
        assert encoded(column, "float8", rows) == [None if v is None else float(v) for v in expected]
    typed = DecimalColumn(ints(unscaled), scale, null=np.array(nulls))
    shown = [None if value is None else f"{value:f}" for value in expected]
    assert encoded(typed, "text", len(values)) == shown


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_decimals_of_any_digits_from_a_script(values: list[Decimal]) -> None:
    for column in (*forms(values), *forms([str(value) for value in values])):
        assert encoded(column, "numeric", len(values)) == values


def test_numeric_holds_nan_and_infinity() -> None:
    found = encoded(ObjectColumn([float("nan"), Decimal("-Infinity"), "NaN"]), "numeric", 3)
    assert list(map(str, found)) == ["NaN", "-Infinity", "NaN"]


def test_booleans() -> None:
    expected = [True, None, False]
    null = np.array([False, True, False])
    for column in (
        BooleanColumn(np.array([True, True, False]), null=null),
        *forms(expected),
        *forms(["t", None, "False"]),
    ):
        assert encoded(column, "bool", 3) == expected
    assert encoded(BooleanColumn(np.array([True, False])), "text", 2) == ["true", "false"]
    assert encoded(BooleanColumn(np.array([True, False])), "jsonb", 2) == [True, False]


@given(rows_of(MOMENTS))
def test_timestamps(example: tuple[list[int], list[bool]]) -> None:
    moments, nulls = example
    column = TimestampColumn(ints(moments), null=np.array(nulls))
    aware = to_python(column, len(moments))
    naive = [None if value is None else value.replace(tzinfo=None) for value in aware]
    iso = [None if value is None else value.isoformat() for value in aware]
    for form in (column, *forms(aware)):
        for type_name in ("timestamp", "timestamptz"):
            assert encoded(form, type_name, len(moments)) == naive
        assert encoded(form, "date", len(moments)) == [None if value is None else value.date() for value in naive]
        shown = [None if value is None else f"{value.isoformat()}Z" for value in naive]
        for type_name in ("text", "json", "jsonb"):
            assert encoded(form, type_name, len(moments)) == shown
    for form in forms(iso):
        assert encoded(form, "timestamptz", len(moments)) == naive
    for form in forms(naive):
        assert encoded(form, "timestamp", len(moments)) == naive


def test_a_zone_is_brought_to_utc() -> None:
    moment = datetime(2026, 1, 1, 2, tzinfo=EAST)
    for form in (*forms([moment]), *forms([moment.isoformat()])):
        for type_name in ("timestamp", "timestamptz"):
            assert encoded(form, type_name, 1) == [datetime(2025, 12, 31, 20, 30)]  # noqa: DTZ001
    assert encoded(ObjectColumn([moment]), "date", 1) == [date(2025, 12, 31)]


def test_a_zone_may_lead_out_of_the_years_that_python_knows() -> None:
    early = datetime(1, 1, 1, tzinfo=EAST)
    hours = CopyEncoder([CopyTarget("x", "timestamptz")], "t")
    alone, among = (hours.encode(block(2, x=ObjectColumn([early, other])), 1) for other in (early, "2026-01-01"))
    assert alone[:14] == among[:14]
    assert encoded(ObjectColumn([early, early]), "text", 2) == [early.isoformat()] * 2


@given(rows_of(DAYS))
def test_dates(example: tuple[list[int], list[bool]]) -> None:
    days, nulls = example
    column = DateColumn(ints(days), null=np.array(nulls))
    dates = to_python(column, len(days))
    iso = [None if value is None else value.isoformat() for value in dates]
    for form in (column, *forms(dates), *forms(iso)):
        assert encoded(form, "date", len(days)) == dates
        assert encoded(form, "text", len(days)) == iso
        midnights = [None if value is None else datetime.combine(value, time()) for value in dates]
        for type_name in ("timestamp", "timestamptz"):
            assert encoded(form, type_name, len(days)) == midnights


@given(rows_of(st.times()))
def test_times(example: tuple[list[time], list[bool]]) -> None:
    values, nulls = example
    expected = nullable(values, nulls)
    iso = [None if value is None else value.isoformat() for value in expected]
    for form in (*forms(expected), *forms(iso)):
        assert encoded(form, "time", len(values)) == expected


@given(rows_of(st.uuids()))
def test_uuids(example: tuple[list[uuid.UUID], list[bool]]) -> None:
    values, nulls = example
    matrix = np.frombuffer(b"".join(value.bytes for value in values), np.uint8).reshape(-1, 16)
    expected = nullable(values, nulls)
    shown = [None if value is None else str(value) for value in expected]
    as_text = TextColumn((Picked(Pool(map(str, values)), np.arange(len(values))),), null=np.array(nulls))
    bare = [None if value is None else value.hex.upper() for value in expected]
    columns = (UuidColumn(matrix, null=np.array(nulls)), as_text, *forms(expected), *forms(shown))
    for column in columns:
        assert encoded(column, "uuid", len(values)) == expected
        assert encoded(column, "text", len(values)) == shown
        assert encoded(column, "jsonb", len(values)) == shown
    for column in forms(bare):
        assert encoded(column, "uuid", len(values)) == expected


@given(st.integers(1, 5).flatmap(lambda rows: st.tuples(st.just(rows), texts(rows, STORABLE), n(st.booleans(), rows))))
def test_texts(example: tuple[int, Any, list[bool]]) -> None:
    rows, parts, nulls = example
    column = TextColumn(parts, null=np.array(nulls))
    expected = to_python(column, rows)
    for form in (column, *forms(expected)):
        for type_name in TEXT_TYPES:
            assert encoded(form, type_name, rows) == expected
        for type_name in ("json", "jsonb"):
            assert encoded(form, type_name, rows) == expected


@given(st.lists(NESTED.filter(lambda value: "\0" not in repr(value) and "\\x00" not in repr(value)), min_size=1))
def test_json_documents(values: list[Any]) -> None:
    for form in forms(values):
        for type_name in ("json", "jsonb"):
            assert list(map(as_json, encoded(form, type_name, len(values)))) == list(map(as_json, values))


def test_a_str_for_json_is_a_json_string() -> None:
    assert encoded(ObjectColumn(['{"a": 1}']), "jsonb", 1) == ['{"a": 1}']


def test_a_dictionary_for_text_is_its_json() -> None:
    (found,) = encoded(ObjectColumn([{"a": [1, "ü"]}]), "text", 1)
    assert json.loads(found) == {"a": [1, "ü"]}


def test_bytes() -> None:
    assert encoded(ObjectColumn([b"\0\xff", None, bytearray(b"x")]), "bytea", 3) == [b"\0\xff", None, b"x"]


def test_numpy_scalars_are_what_they_stand_for() -> None:
    assert encoded(ObjectColumn([np.int64(5), np.int32(6)]), "int4", 2) == [5, 6]
    assert encoded(ObjectColumn([np.bool_(True)]), "bool", 1) == [True]


def test_targets_choose_and_order_the_columns() -> None:
    example = block(1, a=IntegerColumn(ints([1])), b=IntegerColumn(ints([2])), c=IntegerColumn(ints([3])))
    data = CopyEncoder([CopyTarget("c", "int2"), CopyTarget("a", "int8")], "t").encode(example, 1)
    assert binary_copy.read(data, ["int2", "int8"]) == [[3, 1]]


@pytest.mark.parametrize("type_name", sorted(COPY_TYPES))
def test_every_type_takes_nulls_and_empty_blocks(type_name: str) -> None:
    for column in (ObjectColumn([None, None]), PickedColumn(Choices([None]), ints([0, 0]))):
        assert encoded(column, type_name, 2) == [None, None]
    assert encoded(ObjectColumn([]), type_name, 0) == []
    for column in (
        IntegerColumn(ints([])),
        TextColumn(("a",)),
        TimestampColumn(ints([])),
        UuidColumn(np.empty((0, 16), np.uint8)),
    ):
        assert encoded(column, type_name, 0) == []


def test_an_unknown_type_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="interval"):
        CopyEncoder([CopyTarget("x", "interval")], "t")
