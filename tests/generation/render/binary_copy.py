"""Reads PostgreSQL's binary COPY format, written from its documentation alone, to check the encoder against."""

import json
import struct
import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  as PostgreSQL counts


def fields(data: bytes) -> list[list[bytes | None]]:
    """The rows between header and trailer: https://www.postgresql.org/docs/current/sql-copy.html."""
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        piece = data[at : at + size]
        assert len(piece) == size
        at += size
        return piece

    rows: list[list[bytes | None]] = []
    while at < len(data):
        (count,) = struct.unpack("!h", take(2))
        row: list[bytes | None] = []
        for _ in range(count):
            (size,) = struct.unpack("!i", take(4))
            row.append(None if size == -1 else take(size))
        rows.append(row)
    return rows


def numeric(data: bytes) -> Decimal:
    """numeric_recv in src/backend/utils/adt/numeric.c."""
    count, weight, sign, scale = struct.unpack("!hhHh", data[:8])
    digits = struct.unpack(f"!{count}h", data[8:])
    special = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}.get(sign)
    if special:
        return Decimal(special)
    assert sign in (0, 0x4000)
    assert all(0 <= digit < 10_000 for digit in digits)
    total = sum(digit * 10 ** (4 * (count - 1 - at)) for at, digit in enumerate(digits))  # an integer, so exact
    lowest = 4 * (weight - count + 1)
    text = f"{'-' if sign else ''}{total}E{lowest}"
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -scale:  # the server cuts what the scale hides: nothing may be there
        surplus = -scale - exponent
        assert total % 10**surplus == 0
        value = Decimal(f"{'-' if sign else ''}{total // 10**surplus}E{-scale}")
    return value


def number(form: str) -> Callable[[bytes], Any]:
    return lambda data: struct.unpack(f"!{form}", data)[0]


def jsonb(data: bytes) -> Any:
    assert data[0] == 1
    return json.loads(data[1:])


READERS: dict[str, Callable[[bytes], Any]] = {
    "bool": number("?"),
    "int2": number("h"),
    "int4": number("i"),
    "int8": number("q"),
    "float4": number("f"),
    "float8": number("d"),
    "numeric": numeric,
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "enum"), lambda data: data.decode()),
    "uuid": lambda data: uuid.UUID(bytes=data),
    "date": lambda data: date(2000, 1, 1) + timedelta(days=number("i")(data)),
    "time": lambda data: (EPOCH + timedelta(microseconds=number("q")(data))).time(),
    "timestamp": lambda data: EPOCH + timedelta(microseconds=number("q")(data)),
    "timestamptz": lambda data: EPOCH + timedelta(microseconds=number("q")(data)),
    "json": json.loads,
    "jsonb": jsonb,
    "bytea": bytes,
}


def read(data: bytes | memoryview, types: Sequence[str]) -> list[list[Any]]:
    """The values of each row, times without a zone."""
    rows = fields(bytes(data))
    assert all(len(row) == len(types) for row in rows)
    return [
        [None if field is None else READERS[kind](field) for field, kind in zip(row, types, strict=True)]
        for row in rows
    ]


__all__ = ["EPOCH", "fields", "numeric", "read"]
