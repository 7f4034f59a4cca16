"""Values as JSON: the same text from a column's arrays, for a block at once, and from a single Python value."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    Choices,
    Column,
    DateColumn,
    FloatColumn,
    Ints,
    Mask,
    NestedColumn,
    ObjectColumn,
    PickedColumn,
    Slices,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.digits import fixed_point_text
from dm_mcp.generation.render.objects import typed_column
from dm_mcp.generation.render.parts import Part, filled, lay_out, masked, slices_of
from dm_mcp.generation.render.text import column_text, scalar_text
from dm_mcp.generation.render.unfit import Unfit, require
from dm_mcp.generation.render.values import null_rows, to_python

__all__ = ["column_json", "escape_json", "fixed_point", "object_parts", "plain", "value_json"]

_NOT_FINITE = "JSON has no infinity and no NaN"
_NOT_FINITE_HINT = "Use None instead."
_EXACT_FLOAT = 10**15  # decimals of so many digits come back from the nearest float unchanged


def column_json(column: Column, rows: int) -> list[Part]:
    """The JSON of each row that is not null, as parts. Raises Unfit with the row, or GenerationError for a year."""
    match column:
        case TextColumn() | UuidColumn() | TimestampColumn() | DateColumn():
            return [b'"', *(column_text(column, escape_json) or []), b'"']
        case FloatColumn():
            return _floats(column)
        case PickedColumn():
            return [_picked(column, rows)]
        case NestedColumn():
            return _nested(column, rows)
        case ObjectColumn():
            return _objects(to_python(column, rows), null_rows(column))
        case _:
            return column_text(column) or []


def object_parts(block: Block) -> list[Part]:
    """The rows as JSON objects, as parts. Raises GenerationError that names the field for what JSON can't hold."""
    parts: list[Part] = []
    before = b"{"
    for name, column in block:
        try:
            parts.append(before + b'"' + escape_json(name).encode() + b'":')
            null = null_rows(column)
            values = [] if null is not None and null.all() else column_json(column, block.rows)
        except Unfit as unfit:
            raise GenerationError(f"{unfit.reason}.", hint=unfit.hint, field=name) from None
        except GenerationError as error:
            inner = error.where.get("field")
            field = name if inner is None else f"{name}.{inner}"
            raise GenerationError(error.message, hint=error.hint, field=field) from None
        except UnicodeEncodeError:
            raise GenerationError("the text holds half of a surrogate pair.", field=name) from None
        parts += values if null is None else [*masked(values, ~null), *masked([b"null"], null)]
        before = b","
    return [*parts, b"}"] if parts else [b"{}"]


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
    return column_json(typed, len(values)) if typed else [_values(values)]


def _floats(column: FloatColumn) -> list[Part]:
    require(np.isfinite(column.values), column.null, _NOT_FINITE, _NOT_FINITE_HINT)
    values = column.values if column.null is None else np.where(column.null, 0.0, column.values)
    fixed = fixed_point(values)
    if fixed:
        return fixed_point_text(*fixed)
    return [slices_of([repr(value).encode() for value in values.tolist()])]


def fixed_point(values: NDArray[np.float64]) -> tuple[Ints, int] | None:
    """Finite floats as ``unscaled, scale`` when a few digits after the point say all of them exactly as ``repr`` does.

    Then they can be written as integers are, forty times as fast. Negative zeros are left to ``repr``.
    """
    if not (np.abs(values) < _EXACT_FLOAT / 10).all() or (np.signbit(values) & (values == 0)).any():
        return None
    for scale in (1, 2, 3, 4, 6):
        if _unscaled(values[:64], scale) is not None and (unscaled := _unscaled(values, scale)) is not None:
            return unscaled, scale
    return None


def _unscaled(values: NDArray[np.float64], scale: int) -> Ints | None:
    unscaled = np.rint(values * 10**scale)
    exact = (np.abs(unscaled) < _EXACT_FLOAT).all() and np.array_equal(unscaled / 10**scale, values)
    return unscaled.astype(np.int64) if exact else None


def _values(values: Sequence[Any]) -> Slices:
    encoded: list[bytes] = []
    for at, value in enumerate(values):
        try:
            encoded.append(b"" if value is None else value_json(value))
        except Unfit as unfit:
            raise Unfit(unfit.reason, unfit.hint, at) from None
    return slices_of(encoded)


def _picked(column: PickedColumn, rows: int) -> Slices:
    """A slice of the choices' JSON a row, or of the rows' when a choice that may never be picked has none."""
    if not len(column.choices):
        return slices_of([b""] * rows)
    try:
        choices = _choices(column.choices)
    except Unfit:
        return _values(to_python(column, rows))
    indices = filled(column.indices, column.null)
    return Slices(choices.buffer, choices.start[indices], choices.size[indices])


def _choices(choices: Choices) -> Slices:
    kept: Any = choices.rendered.get(column_json)
    if kept is None:
        kept = choices.rendered[column_json] = _values(choices.values)
    return kept


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
