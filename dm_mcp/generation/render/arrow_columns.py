"""Columns as Arrow arrays: numpy's arrays as they are and text as one buffer; Python values only where we have them.

The layouts are those of https://arrow.apache.org/docs/format/Columnar.html. Arrow's types have no names for Python's
checkers, so what is Arrow's is `Any` here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from dm_mcp.generation.columns import (
    BooleanColumn,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    Mask,
    NestedColumn,
    ObjectColumn,
    PickedColumn,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.column_type import column_type
from dm_mcp.generation.render.extras import extra_module
from dm_mcp.generation.render.json_text import nested_texts, plain, value_json
from dm_mcp.generation.render.parts import filled, lay_out, masked
from dm_mcp.generation.render.text import calendar_days, calendar_microseconds, column_text, scalar_text
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows, to_python
from dm_mcp.generation.schema import ColumnSpec, ColumnType

__all__ = ["Arrow"]

_INT64_DIGITS = 19
_MOST_DIGITS, _MORE_DIGITS = 38, 76  # of decimals of 128 and of 256 bits
_CENTS = 2


class Arrow:
    """Makes arrays. Raises MissingPackage where Arrow is not installed."""

    def __init__(self) -> None:
        self._arrow = arrow = extra_module("pyarrow", "parquet")
        self._types: dict[ColumnType, Any] = {
            ColumnType.INTEGER: arrow.int64(),
            ColumnType.FLOAT: arrow.float64(),
            ColumnType.BOOLEAN: arrow.bool_(),
            ColumnType.TIMESTAMP: arrow.timestamp("us", tz="UTC"),
            ColumnType.DATE: arrow.date32(),
        }

    def type_of(self, spec: ColumnSpec, column: Column | None) -> Any:
        """The type for a column whose first rows are these; as declared while the values agree, as they have it else.

        Texts, uuids and JSON are text; exact decimals have the digits of the first rows after the point.
        """
        if isinstance(column, DecimalColumn):
            return self._arrow.decimal128(max(_INT64_DIGITS, column.scale), column.scale)
        if isinstance(column, PickedColumn):
            column = ObjectColumn(column.choices.values)
        kind = spec.type if column is None else column_type(column, spec.type) or spec.type
        if kind is ColumnType.DECIMAL:
            return self._decimal_type(column)
        return self._types.get(kind, self._arrow.string())

    def _decimal_type(self, column: Column | None) -> Any:
        values = [] if column is None else [_decimal(value) for value in to_python(column, 0) if value is not None]
        if not values:
            return self._arrow.decimal128(_MOST_DIGITS, _CENTS)
        try:
            found = self._arrow.infer_type(values)
        except self._arrow.ArrowInvalid:  # too many digits
            return self._arrow.string()
        scale = max(found.scale, 0)
        if found.precision + scale - found.scale <= _MOST_DIGITS:
            return self._arrow.decimal128(_MOST_DIGITS, scale)
        return self._arrow.decimal256(_MORE_DIGITS, scale)

    def array(self, column: Column, kind: Any, rows: int) -> Any:
        """The column as an array of that type. Raises Unfit or GenerationError for a value that is of another."""
        null = null_rows(column)
        if null is not None and null.all():
            return self._arrow.nulls(rows, kind)
        if isinstance(column, NestedColumn):
            column = nested_texts(column, rows)
        found = self._fast(column, kind, null, rows)
        return self._slow(to_python(column, rows), kind) if found is None else found

    def _fast(self, column: Column, kind: Any, null: Mask | None, rows: int) -> Any:
        arrow = self._arrow
        match column:
            case IntegerColumn() | FloatColumn() | BooleanColumn() if kind == self._own(column):
                return arrow.array(column.values, mask=null)
            case DecimalColumn() if kind == arrow.decimal128(max(_INT64_DIGITS, column.scale), column.scale):
                wide = np.stack([column.unscaled, column.unscaled >> 63], axis=1)  # the sign fills the upper half
                return arrow.Array.from_buffers(kind, rows, [self._valid(null), arrow.py_buffer(wide)])
            case TimestampColumn() if kind == self._types[ColumnType.TIMESTAMP]:
                return arrow.array(calendar_microseconds(column), mask=null).view(kind)
            case DateColumn() if kind == self._types[ColumnType.DATE]:
                return arrow.array(calendar_days(column).astype(np.int32), mask=null).view(kind)
            case TextColumn() | UuidColumn() if kind == arrow.string():
                return self._text(column, null, rows)
            case PickedColumn():
                return self._picked(column, kind, null)
            case _:
                return None

    def _own(self, column: IntegerColumn | FloatColumn | BooleanColumn) -> Any:
        return self._arrow.from_numpy_dtype(column.values.dtype)

    def _valid(self, null: Mask | None) -> Any:
        return None if null is None else self._arrow.py_buffer(np.packbits(~null, bitorder="little"))

    def _text(self, column: Column, null: Mask | None, rows: int) -> Any:
        parts = column_text(column) or []
        text = lay_out(parts if null is None else masked(parts, ~null), rows)
        ends = np.zeros(rows + 1, np.int32)
        np.cumsum(text.size, out=ends[1:])
        buffer = self._arrow.py_buffer
        return self._arrow.StringArray.from_buffers(rows, buffer(ends), buffer(text.buffer), self._valid(null))

    def _picked(self, column: PickedColumn, kind: Any, null: Mask | None) -> Any:
        key = (Arrow, kind)
        choices: Any = column.choices.rendered.get(key)
        if choices is None:
            try:
                choices = column.choices.rendered[key] = self._slow(column.choices.values, kind)
            except Unfit:
                return None  # an error only if a row picks that choice
        return choices.take(self._arrow.array(filled(column.indices, null), mask=null))

    def _slow(self, values: Iterable[Any], kind: Any) -> Any:
        convert = self._converter(kind)
        converted = [None if value is None else convert(plain(value)) for value in values]
        try:
            return self._arrow.array(converted, type=kind)
        except (self._arrow.ArrowInvalid, self._arrow.ArrowTypeError, OverflowError):
            reason = f"a value does not fit the type {kind}, which the column has in this file"
            raise Unfit(reason, "Give all rows values of one type.") from None
        except UnicodeEncodeError:
            raise Unfit("the text holds half of a surrogate pair, which UTF-8 can't hold") from None

    def _converter(self, kind: Any) -> Callable[[Any], Any]:
        types = self._arrow.types
        if types.is_string(kind):
            return _string
        if types.is_floating(kind):
            return _float
        if types.is_decimal(kind):
            return _decimal
        return _moment if types.is_timestamp(kind) else _same


def _same(value: Any) -> Any:
    return value


def _string(value: object) -> str:
    text = scalar_text(value)
    return value_json(value).decode() if text is None else text


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value


def _decimal(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, int | float) else value


def _moment(value: Any) -> Any:
    """A day is its midnight, and a moment without a zone in UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value
