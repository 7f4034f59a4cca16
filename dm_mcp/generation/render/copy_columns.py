"""Whole columns in PostgreSQL's binary form: numpy where the column's kind suits the type, Python values elsewhere."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import (
    BooleanColumn,
    Bytes,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    Ints,
    Mask,
    NestedColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    Slices,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.copy_values import INTEGERS, NUL, NUL_HINT, TEXTS, encoder, has_json_nul
from dm_mcp.generation.render.float_text import fixed_point
from dm_mcp.generation.render.json_text import column_json, plain
from dm_mcp.generation.render.numeric import numeric_matrix, require_scale
from dm_mcp.generation.render.objects import typed_column
from dm_mcp.generation.render.parts import Part, filled, lay_out, masked, sizes, slices_of, with_spare
from dm_mcp.generation.render.text import column_text
from dm_mcp.generation.render.unfit import Unfit, require
from dm_mcp.generation.render.uuid_bytes import uuid_bytes
from dm_mcp.generation.render.values import null_rows, to_python

__all__ = ["Encoded", "encode_column", "refuse_nul", "with_sizes"]

_DAY = 86_400_000_000  # microseconds
_EPOCH_DAYS = 10_957  # 2000-01-01, where PostgreSQL starts to count, in days since 1970-01-01
_EPOCH = _EPOCH_DAYS * _DAY
# src/include/datatype/timestamp.h: 4714-11-24 BC to 5874897-12-31 (dates) or 294276-12-31 (timestamps), less the epoch.
_FIRST_DAY, _LAST_DAY = -2_451_545, 2_145_031_948
_FIRST_MOMENT, _LAST_MOMENT = -211_813_488_000_000_000, 9_223_371_331_199_999_999
_EXACT_DOUBLE = 2**53


class Encoded(NamedTuple):
    """A column on the wire, without length prefixes: the parts of each row's value, and the rows that are null."""

    parts: list[Part]
    null: Mask | None


def encode_column(column: Column, type_name: str, scale: int | None, rows: int) -> Encoded:
    """The column for a type of `COPY_TYPES`. Raises Unfit with the row inside the block."""
    null = null_rows(column)
    if null is not None and null.all():
        return Encoded([], null)
    if isinstance(column, PickedColumn):
        return Encoded([_picked(column, type_name, scale, rows)], null)
    if isinstance(column, ObjectColumn):
        return Encoded(_objects(column.values, null, type_name, scale), null)
    return Encoded(_typed(column, type_name, scale, rows) or _each(to_python(column, rows), type_name, scale), null)


def with_sizes(parts: list[Part], null: Mask | None) -> list[Part]:
    """The parts of each value after its size in four bytes; -1, and nothing after it, for null."""
    size = sizes(parts)
    if null is not None:
        size = np.where(null, -1, size)
        parts = masked(parts, ~null)
    if isinstance(size, int):
        return [size.to_bytes(4, "big"), *parts]
    return [size.astype(">i4").view(np.uint8).reshape(len(size), 4), *parts]


def _picked(column: PickedColumn, type_name: str, scale: int | None, rows: int) -> Slices:
    """A slice of the encoded choices a row: each choice is encoded once for each type, then kept with it."""
    key = (type_name, scale)
    kept: Any = column.choices.rendered.get(key)
    if kept is None:
        values = column.choices.values
        try:
            encoded = encode_column(ObjectColumn(values), type_name, scale, len(values))
        except Unfit:  # an error only if a row picks that choice
            picked = ObjectColumn(to_python(column, rows))
            return lay_out(encode_column(picked, type_name, scale, rows).parts, rows)
        kept = column.choices.rendered[key] = with_spare(lay_out(encoded.parts, len(values)))
    choices: Slices = kept
    indices = filled(column.indices, column.null)
    return Slices(choices.buffer, choices.start[indices], choices.size[indices])


def _objects(values: Sequence[object], null: Mask | None, type_name: str, scale: int | None) -> list[Part]:
    if null is not None:
        values = [None if skip else value for value, skip in zip(values, null.tolist(), strict=True)]
    is_text = type_name in TEXTS or type_name == "uuid"
    column = (_texts(values, null) if is_text else None) or typed_column(values, null, scale)
    parts = _typed(column, type_name, scale, len(values)) if column else None
    return parts or _each(values, type_name, scale)


def _texts(values: Sequence[Any], null: Mask | None) -> Column | None:
    """Strings that have nothing a PostgreSQL text can't hold as a column; None for other values."""
    if not set(map(type, values)) <= {str, type(None)}:
        return None
    if null is not None:
        values = ["" if value is None else value for value in values]
    try:
        text = slices_of(list(map(str.encode, values)))
    except UnicodeEncodeError:
        return None
    return TextColumn((text,), null=null) if text.buffer.all() else None


def _each(values: Sequence[object], type_name: str, scale: int | None) -> list[Part]:
    encode = encoder(type_name, scale)
    encoded: list[bytes] = []
    for at, value in enumerate(values):
        try:
            encoded.append(b"" if value is None else encode(plain(value)))
        except Unfit as unfit:
            raise Unfit(unfit.reason, unfit.hint, at) from None
    return [slices_of(encoded)]


def _typed(column: Column, type_name: str, scale: int | None, rows: int) -> list[Part] | None:
    """The parts by numpy; None when there is no fast way, or a value that only the slow way can judge."""
    if type_name in TEXTS:
        return _text(column, rows)
    if type_name in ("json", "jsonb"):
        return _json(column, type_name, rows)
    match column:
        case IntegerColumn():
            return _integer(filled(column.values, column.null), column.null, type_name, scale)
        case DecimalColumn():
            return _decimal(filled(column.unscaled, column.null), column, type_name, scale)
        case FloatColumn():
            return _float(column, type_name, scale)
        case BooleanColumn() if type_name == "bool":
            return [column.values.astype(np.uint8)[:, None]]
        case TimestampColumn():
            return _timestamp(filled(column.microseconds, column.null), column.null, type_name)
        case DateColumn():
            return _date(filled(column.days, column.null), column.null, type_name)
        case UuidColumn() if type_name == "uuid":
            return [column.values]
        case TextColumn() if type_name == "uuid":
            return uuid_bytes(column, rows)
        case _:
            return None


def _big_endian(values: NDArray[Any], dtype: str) -> Bytes:
    wide = np.ascontiguousarray(values, dtype=dtype)
    return wide.view(np.uint8).reshape(len(wide), wide.itemsize)


def _between(values: Ints, low: int, high: int, null: Mask | None, what: str = "") -> None:
    require((values >= low) & (values <= high), null, what or f"it is out of range, {low} to {high}")


def _integer(values: Ints, null: Mask | None, type_name: str, scale: int | None) -> list[Part] | None:
    if type_name in INTEGERS:
        size = INTEGERS[type_name]
        if size < 8:
            _between(values, -(1 << 8 * size - 1), (1 << 8 * size - 1) - 1, null)
        return [_big_endian(values, f">i{size}")]
    if type_name == "numeric":
        require_scale(values, 0, scale, null)
        return [numeric_matrix(values, 0)]
    if type_name in ("float4", "float8"):
        return [_big_endian(values, ">f4" if type_name == "float4" else ">f8")]
    return None


def _decimal(unscaled: Ints, column: DecimalColumn, type_name: str, scale: int | None) -> list[Part] | None:
    if type_name == "numeric":
        require_scale(unscaled, column.scale, scale, column.null)
        return [numeric_matrix(unscaled, column.scale)]
    if type_name == "float8" and column.scale <= 22 and not (np.abs(unscaled) > _EXACT_DOUBLE).any():
        return [_big_endian(unscaled / 10.0**column.scale, ">f8")]  # both are exact, so the quotient is the nearest
    return None


def _float(column: FloatColumn, type_name: str, scale: int | None) -> list[Part] | None:
    values = column.values if column.null is None else np.where(column.null, 0.0, column.values)
    if type_name == "float8":
        return [_big_endian(values, ">f8")]
    if type_name == "float4":
        with np.errstate(over="ignore", under="ignore"):
            narrow = values.astype(">f4")
        lost = (np.isinf(narrow) & np.isfinite(values)) | ((narrow == 0) & (values != 0))
        return None if lost.any() else [_big_endian(narrow, ">f4")]
    # Where the column keeps any number of digits, repr says how many the value has; a block's common number would not.
    if type_name == "numeric" and scale is not None and (fixed := fixed_point(values)):
        require_scale(*fixed, scale, column.null)
        return [numeric_matrix(*fixed)]
    return None


def _timestamp(microseconds: Ints, null: Mask | None, type_name: str) -> list[Part] | None:
    if type_name in ("timestamp", "timestamptz"):
        _between(
            microseconds,
            _FIRST_MOMENT + _EPOCH,
            _LAST_MOMENT + _EPOCH,
            null,
            "it is outside PostgreSQL's timestamps, the years 4713 BC to 294276",
        )
        return [_big_endian(microseconds - _EPOCH, ">i8")]
    return _date(microseconds // _DAY, null, type_name) if type_name == "date" else None


def _date(days: Ints, null: Mask | None, type_name: str) -> list[Part] | None:
    if type_name == "date":
        _between(
            days,
            _FIRST_DAY + _EPOCH_DAYS,
            _LAST_DAY + _EPOCH_DAYS,
            null,
            "it is outside PostgreSQL's dates, the years 4713 BC to 5874897",
        )
        return [_big_endian(days - _EPOCH_DAYS, ">i4")]
    if type_name in ("timestamp", "timestamptz"):
        _between(
            days,
            _FIRST_MOMENT // _DAY + _EPOCH_DAYS,
            _LAST_MOMENT // _DAY + _EPOCH_DAYS,
            null,
            "it is outside PostgreSQL's timestamps, the years 4713 BC to 294276",
        )
        return _timestamp(days * _DAY, null, type_name)
    return None


def _text(column: Column, rows: int) -> list[Part] | None:
    if isinstance(column, TextColumn):
        refuse_nul(column, rows)
    return column_text(column)


def _json(column: Column, type_name: str, rows: int) -> list[Part] | None:
    if type_name == "json":
        return column_json(column, rows)
    if isinstance(column, TextColumn):
        refuse_nul(column, rows)
    if isinstance(column, NestedColumn):
        texts = lay_out(column_json(column, rows), rows)
        _refuse_json_nul(texts)
        return [b"\1", texts]
    return [b"\1", *column_json(column, rows)]  # the version of the format


def _refuse_json_nul(texts: Slices) -> None:
    """Raise Unfit for the first row whose JSON holds a NUL."""
    data = texts.buffer.tobytes()
    if not has_json_nul(data):
        return
    for at, (start, size) in enumerate(zip(texts.start.tolist(), texts.size.tolist(), strict=True)):
        if has_json_nul(data[start : start + size]):
            raise Unfit(NUL, NUL_HINT, at)


def refuse_nul(column: TextColumn, rows: int) -> None:
    """Raise Unfit for the first row whose text holds a NUL."""
    for part in column.parts:
        if isinstance(part, str) and "\0" in part:
            require(np.zeros(rows, np.bool_), column.null, NUL, NUL_HINT)
        if isinstance(part, Picked):
            good = _words_without_nul(part.pool)
            if good is not None:
                require(good[filled(part.indices, column.null)], column.null, NUL, NUL_HINT)


_without_nul: weakref.WeakKeyDictionary[Pool, Mask | None] = weakref.WeakKeyDictionary()


def _words_without_nul(pool: Pool) -> Mask | None:
    """Which words of the pool have no NUL; None when no word has one."""
    if pool not in _without_nul:
        good = np.array(["\0" not in word for word in pool.words], np.bool_)
        _without_nul[pool] = None if good.all() else good
    return _without_nul[pool]
