"""Single Python values in PostgreSQL's binary form: one function a type, as the type's ``recv`` function reads it.

The forms are those of ``src/backend/utils/adt``; integers are big-endian, days count from 2000-01-01 and microseconds
from that midnight. Every function takes any value but None and raises Unfit for what its type can't hold. Strings are
read where they are a usual form of the type, so that rows from a CSV file can be loaded.
"""

from __future__ import annotations

import re
import struct
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import cast

from dm_mcp.generation.render.json_text import value_json
from dm_mcp.generation.render.numeric import numeric_bytes
from dm_mcp.generation.render.text import scalar_text
from dm_mcp.generation.render.unfit import Unfit

__all__ = ["INTEGERS", "NUL", "NUL_HINT", "TEXTS", "encoder", "has_json_nul"]

INTEGERS = {"int2": 2, "int4": 4, "int8": 8}
"""Bytes of each integer type."""

TEXTS = frozenset({"text", "varchar", "bpchar", "name", "enum"})
"""Types whose binary form is the text itself."""

NUL = "PostgreSQL's text can't hold a NUL character"
NUL_HINT = "Remove the character \\x00."

_EPOCH_UTC = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)
_FIRST_DAY = date(2000, 1, 1).toordinal()
_TRUTH = {"true": b"\1", "t": b"\1", "false": b"\0", "f": b"\0"}
_LONGEST_WHOLE = 40  # digits; an int8 has 19
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_JSON_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def encoder(type_name: str, scale: int | None) -> Callable[[object], bytes]:
    """The function for a type of `COPY_TYPES`; ``scale`` matters to numeric only. Raises KeyError."""
    if type_name == "numeric":
        return lambda value: _numeric(value, scale)
    return _ENCODERS[type_name]


def _kind(value: object, expected: str) -> Unfit:
    return Unfit(f"{expected} is expected, not {type(value).__name__}")


def _form(expected: str) -> Unfit:
    return Unfit(f"the text is no {expected}")


def _bool(value: object) -> bytes:
    if isinstance(value, bool):
        return b"\1" if value else b"\0"
    if isinstance(value, str):
        known = _TRUTH.get(value.strip().lower())
        if known is None:
            raise Unfit("the text is neither true nor false")
        return known
    raise _kind(value, "bool")


def _whole(value: object) -> int:
    if isinstance(value, bool):
        raise Unfit("a whole number is expected, not bool", "Use int(value) if 0 and 1 are meant.")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        if isinstance(value, Decimal) and value.is_finite() and value.adjusted() > _LONGEST_WHOLE:
            raise Unfit("the number is too large")
        try:
            whole = int(value)
        except (ValueError, OverflowError):
            raise Unfit("NaN and infinity are no whole numbers") from None
        if whole != value:
            raise Unfit("the number has a fraction", "Round it in the script: nothing is rounded on the way.")
        return whole
    if isinstance(value, str):
        if len(value) > _LONGEST_WHOLE or not _WHOLE.fullmatch(value.strip()):
            raise _form("whole number")
        return int(value)
    raise _kind(value, "a whole number")


def _integer(size: int) -> Callable[[object], bytes]:
    low, high = -(1 << 8 * size - 1), (1 << 8 * size - 1) - 1

    def encode(value: object) -> bytes:
        whole = _whole(value)
        if not low <= whole <= high:
            raise Unfit(f"it is out of range, {low} to {high}")
        return whole.to_bytes(size, "big", signed=True)

    return encode


def _float(form: str) -> Callable[[object], bytes]:
    pack = struct.Struct(form).pack

    def encode(value: object) -> bytes:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            raise _kind(value, "a number")
        try:
            number = float(value)
            encoded = pack(number)
        except ValueError:
            raise _form("number") from None
        except OverflowError:
            raise Unfit("it is too large for this type") from None
        if number and not any(encoded[1:]) and not encoded[0] & 0x7F:
            raise Unfit("it is too small for this type, and would become 0")
        return encoded

    return encode


def _numeric(value: object, scale: int | None) -> bytes:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise _kind(value, "a number")
    try:
        number = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise _form("number") from None
    return numeric_bytes(number, scale)


def _text(value: object) -> bytes:
    text = scalar_text(value)
    if text is None:
        if not isinstance(value, dict | list):
            raise _kind(value, "text")
        text = value_json(cast("object", value)).decode()
    if "\0" in text:
        raise Unfit(NUL, NUL_HINT)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unfit("the text holds half of a surrogate pair, which UTF-8 can't hold") from None


def _uuid(value: object) -> bytes:
    if isinstance(value, uuid.UUID):
        return value.bytes
    if isinstance(value, str):
        if not _UUID.fullmatch(value):
            raise _form("uuid")
        return bytes.fromhex(value.replace("-", ""))
    raise _kind(value, "a uuid")


def _date(value: object) -> bytes:
    if isinstance(value, datetime):
        return _since_epoch(value).days.to_bytes(4, "big", signed=True)
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise _form("date such as 2026-01-31") from None
    if not isinstance(value, date):
        raise _kind(value, "a date")
    return (value.toordinal() - _FIRST_DAY).to_bytes(4, "big", signed=True)


def _since_epoch(value: datetime) -> timedelta:
    return value.replace(tzinfo=None) - _EPOCH if value.utcoffset() is None else value - _EPOCH_UTC


def _moment(value: object) -> datetime:
    """A datetime, or a date's midnight, which is one in UTC for a type with zone."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        try:
            if len(value) <= 10:
                return _moment(date.fromisoformat(value))
            return datetime.fromisoformat(value)
        except ValueError:
            raise _form("time such as 2026-01-31T12:00:00+00:00") from None
    raise _kind(value, "a datetime")


def _timestamp(value: object) -> bytes:
    return (_since_epoch(_moment(value)) // timedelta(microseconds=1)).to_bytes(8, "big", signed=True)


def _timestamptz(value: object) -> bytes:
    moment = _moment(value)
    if moment.utcoffset() is None:
        raise Unfit(
            "a datetime without a time zone is no moment",
            "Give it one, such as datetime.now(UTC) or value.replace(tzinfo=UTC).",
        )
    return _timestamp(moment)


def _time(value: object) -> bytes:
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value)
        except ValueError:
            raise _form("time such as 12:30:00") from None
    if not isinstance(value, time):
        raise _kind(value, "a time")
    if value.tzinfo is not None:
        raise Unfit("the column has no time zone and the time has one", "Use value.replace(tzinfo=None).")
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return (seconds * 1_000_000 + value.microsecond).to_bytes(8, "big", signed=True)


def has_json_nul(text: bytes) -> bool:
    """A string of the JSON holds a NUL, which jsonb (unlike json) refuses."""
    return b"\\u0000" in text and _JSON_NUL.search(text) is not None


def _jsonb(value: object) -> bytes:
    text = value_json(value)
    if has_json_nul(text):
        raise Unfit("jsonb can't hold a NUL character", NUL_HINT)
    return b"\1" + text  # the version of the format


def _bytea(value: object) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(cast("bytes", value))
    hint = "Use value.encode()." if isinstance(value, str) else ""
    raise Unfit(f"bytes are expected, not {type(value).__name__}", hint)


_ENCODERS: dict[str, Callable[[object], bytes]] = {
    "bool": _bool,
    **{name: _integer(size) for name, size in INTEGERS.items()},
    "float4": _float(">f"),
    "float8": _float(">d"),
    **dict.fromkeys(TEXTS, _text),
    "uuid": _uuid,
    "date": _date,
    "time": _time,
    "timestamp": _timestamp,
    "timestamptz": _timestamptz,
    "json": value_json,
    "jsonb": _jsonb,
    "bytea": _bytea,
}
