"""Values as JSON: the same text from a column's arrays, for a block at once, and from a single Python value."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast

import numpy as np

from dm_mcp.generation.columns import (
    Block,
    Column,
    DateColumn,
    FloatColumn,
    Mask,
    NestedColumn,
    ObjectColumn,
    PickedColumn,
    Slices,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.cells import cells, name_bytes
from dm_mcp.generation.render.each_value import encode_each, encode_picked
from dm_mcp.generation.render.float_text import float_text
from dm_mcp.generation.render.objects import typed_column
from dm_mcp.generation.render.parts import Part, lay_out
from dm_mcp.generation.render.text import column_text, scalar_text
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows, to_python

__all__ = ["column_json", "escape_json", "nested_texts", "object_parts", "plain", "value_json"]

_NOT_FINITE = "JSON has no infinity and no NaN"
_NOT_FINITE_HINT = "Use None instead."


def column_json(column: Column, rows: int) -> list[Part]:
    """The JSON of each row that is not null, as parts. Raises Unfit with the row, or GenerationError for a year."""
    match column:
        case TextColumn() | UuidColumn() | TimestampColumn() | DateColumn():
            return [b'"', *(column_text(column, escape_json) or []), b'"']
        case FloatColumn():
            return float_text(column, _NOT_FINITE, _NOT_FINITE_HINT)
        case PickedColumn():
            return [encode_picked(column, rows, value_json)]
        case NestedColumn():
            return _nested(column, rows)
        case ObjectColumn():
            return _objects(to_python(column, rows), null_rows(column))
        case _:
            return column_text(column) or []


def object_parts(block: Block) -> list[Part]:
    """The rows as JSON objects, as parts. Raises GenerationError that names the field for what JSON can't hold."""
    parts: list[Part] = []
    before = b'{"'
    for name, column in block:
        parts += [before + name_bytes(name, escape_json) + b'":']
        parts += cells(name, column, block.rows, column_json, b"null")
        before = b',"'
    return [*parts, b"}"] if parts else [b"{}"]


def nested_texts(column: NestedColumn, rows: int) -> ObjectColumn:
    """The objects' JSON as text, for formats that nest nothing: numbers keep all of their digits."""
    text = lay_out(column_json(column, rows), rows)
    data = text.buffer.tobytes()
    ends = (text.start + text.size).tolist()
    return ObjectColumn(
        [data[start:end].decode() for start, end in zip(text.start.tolist(), ends, strict=True)], null=column.null
    )


def _nested(column: NestedColumn, rows: int) -> list[Part]:
    """Slices of the objects' text, which stands in the order of the rows."""
    objects, ends = column.objects, column.ends
    if ends is None:
        return [lay_out(object_parts(objects), rows)]
    text = lay_out([*object_parts(objects), b","], objects.rows)
    edges = np.concatenate(([0], np.cumsum(text.size)))
    begins = np.concatenate(([0], ends[:-1])) if rows else ends
    # Without the comma after the last object.
    return [b"[", Slices(text.buffer, edges[begins], np.maximum(edges[ends] - edges[begins] - 1, 0)), b"]"]


def _objects(values: Sequence[Any], null: Mask | None) -> list[Part]:
    typed = typed_column(values, null)
    return column_json(typed, len(values)) if typed else [encode_each(values, value_json)]


def value_json(value: object) -> bytes:
    """A Python value as compact JSON in UTF-8.

    Dates, times and uuids are strings; a `Decimal` is a number with its own digits at the top, and inside a dictionary
    or list the float that stands for exactly these digits. Raises Unfit for anything else.
    """
    value = plain(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise Unfit(_NOT_FINITE, _NOT_FINITE_HINT)
        return str(value).encode()
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        raise Unfit("the text holds half of a surrogate pair, which UTF-8 can't hold") from None
    except TypeError:
        raise Unfit(f"a value of type {type(value).__name__} holds something that JSON can't") from None
    except ValueError:
        raise Unfit(f"{_NOT_FINITE}, and no value that holds itself", _NOT_FINITE_HINT) from None


def plain(value: object) -> object:
    """The value itself; that of a numpy scalar as Python's own type."""
    return cast("object", value.item()) if isinstance(value, np.generic) else value


def _inner(value: object) -> object:
    if (bare := plain(value)) is not value:
        return bare
    if isinstance(value, Decimal):
        return _inner_decimal(value)
    if isinstance(value, datetime | date | time | uuid.UUID):
        return scalar_text(value)
    raise TypeError(type(value).__name__)


def _inner_decimal(value: Decimal) -> int | float:
    if not value.is_finite():
        raise Unfit(_NOT_FINITE, _NOT_FINITE_HINT)
    if value.as_tuple().exponent == 0:
        return int(value)
    nearest = float(value)
    if Decimal(repr(nearest)) != value:
        raise Unfit("a decimal inside it has more digits than a JSON number keeps", "Round it, or make it text.")
    return nearest


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_inner)


def escape_json(text: str) -> str:
    """The text as it stands between the quotes of a JSON string."""
    return _ENCODER.encode(text)[1:-1]
