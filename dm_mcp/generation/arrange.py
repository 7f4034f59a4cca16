"""Columns rearranged: some rows of one, several one after the other, one row from this and the next from that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, cast

import numpy as np

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
    TextPart,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.values import to_python

__all__ = ["concatenated", "length", "taken", "with_nulls"]

_ARRAYS: dict[type[Any], str] = {
    IntegerColumn: "values",
    FloatColumn: "values",
    DecimalColumn: "unscaled",
    BooleanColumn: "values",
    TimestampColumn: "microseconds",
    DateColumn: "days",
    UuidColumn: "values",
    PickedColumn: "indices",
}
"""The column kinds that one array holds, a row an item."""


def length(column: Column) -> int:
    """How many rows the column has, as far as it knows: text of constants alone has none of its own."""
    match column:
        case TextColumn():
            sizes = [_part_length(part) for part in column.parts if not isinstance(part, str)]
            return sizes[0] if sizes else 0
        case NestedColumn():
            return column.objects.rows if column.ends is None else len(column.ends)
        case ObjectColumn():
            return len(column.values)
        case _:
            return len(getattr(column, _ARRAYS[type(column)]))


def _part_length(part: Bytes | Slices | Picked) -> int:
    match part:
        case Slices():
            return len(part.start)
        case Picked():
            return len(part.indices)
        case _:
            return len(part)


def with_nulls(column: Column, null: Mask) -> Column:
    """The column, null also where ``null`` is true."""
    return replace(column, null=null if column.null is None else column.null | null)


def taken(column: Column, rows: Ints) -> Column:
    """The rows of these numbers, in their order; a row may be taken often or never."""
    null = None if column.null is None else column.null[rows]
    match column:
        case TextColumn():
            return TextColumn(tuple(_taken_part(part, rows) for part in column.parts), null=null)
        case ObjectColumn():
            values = column.values
            return ObjectColumn([values[row] for row in rows.tolist()], null=null)
        case NestedColumn():
            values = to_python(column, length(column))
            return ObjectColumn([values[row] for row in rows.tolist()])
        case _:
            name = _ARRAYS[type(column)]
            return replace(column, null=null, **{name: getattr(column, name)[rows]})


def _taken_part(part: TextPart, rows: Ints) -> TextPart:
    match part:
        case str():
            return part
        case Slices():
            return Slices(part.buffer, part.start[rows], part.size[rows])
        case Picked():
            return Picked(part.pool, part.indices[rows])
        case _:
            return part[rows]


def concatenated(columns: Sequence[Column], rows: Sequence[int]) -> Column:
    """The columns one after the other; ``rows`` are their lengths.

    Columns of one field are of one kind and one shape as a rule, and stay it; others become Python values.
    """
    first = columns[0]
    if len(columns) == 1:
        return first
    alike = {type(column) for column in columns} == {type(first)}
    if alike and isinstance(first, TextColumn):
        texts = cast("Sequence[TextColumn]", columns)
        parts = _concatenated_parts([text.parts for text in texts], rows)
        if parts is not None:
            return TextColumn(parts, null=_concatenated_nulls(columns, rows))
    elif alike and type(first) in _ARRAYS and _same_frame(columns):
        name = _ARRAYS[type(first)]
        joined = np.concatenate([getattr(column, name) for column in columns])
        return replace(first, null=_concatenated_nulls(columns, rows), **{name: joined})
    return ObjectColumn([v for column, n in zip(columns, rows, strict=True) for v in to_python(column, n)])


def _same_frame(columns: Sequence[Column]) -> bool:
    """Whether what belongs to all rows, the scale of decimals and the choices, is the same in all columns."""
    first = columns[0]
    match first:
        case DecimalColumn():
            return all(isinstance(column, DecimalColumn) and column.scale == first.scale for column in columns)
        case PickedColumn():
            return all(isinstance(column, PickedColumn) and column.choices is first.choices for column in columns)
        case _:
            return True


def _concatenated_nulls(columns: Sequence[Column], rows: Sequence[int]) -> Mask | None:
    if all(column.null is None for column in columns):
        return None
    return np.concatenate(
        [np.zeros(n, np.bool_) if column.null is None else column.null for column, n in zip(columns, rows, strict=True)]
    )


def _concatenated_parts(parts: Sequence[tuple[TextPart, ...]], rows: Sequence[int]) -> tuple[TextPart, ...] | None:
    if len({len(each) for each in parts}) != 1:
        return None
    joined = [_concatenated_part(each, rows) for each in zip(*parts, strict=True)]
    return tuple(part for part in joined if part is not None) if None not in map(_kind, joined) else None


def _kind(part: TextPart | None) -> str | None:
    match part:
        case None:
            return None
        case str() | Picked():
            return "words"
        case _:
            return "bytes"


def _concatenated_part(parts: Sequence[TextPart], rows: Sequence[int]) -> TextPart | None:
    """The pieces as one; None for words here and bytes there."""
    first = parts[0]
    if isinstance(first, str) and all(isinstance(part, str) and part == first for part in parts):
        return first
    kinds = {_kind(part) for part in parts}
    if kinds == {"words"}:
        return _joined_words(parts, rows)
    if kinds == {"bytes"}:
        return _joined_bytes([_as_slices(part) for part in parts if isinstance(part, Slices | np.ndarray)])
    return None


def _joined_words(parts: Sequence[TextPart], rows: Sequence[int]) -> Picked:
    picked = [
        part if isinstance(part, Picked) else Picked(Pool([part]), np.zeros(n, np.int64))
        for part, n in zip(parts, rows, strict=True)
        if isinstance(part, str | Picked)
    ]
    pools = list({id(part.pool): part.pool for part in picked}.values())
    if len(pools) == 1:
        return Picked(pools[0], np.concatenate([part.indices for part in picked]))
    begins = dict(zip(map(id, pools), accumulate(map(len, pools), initial=0), strict=False))
    joined = Pool(word for pool in pools for word in pool.words)
    return Picked(joined, np.concatenate([part.indices + begins[id(part.pool)] for part in picked]))


def _as_slices(part: Slices | Bytes) -> Slices:
    if isinstance(part, Slices):
        return part
    rows, width = part.shape
    flat = np.ascontiguousarray(part).reshape(-1)
    return Slices(flat, np.arange(rows, dtype=np.int64) * width, np.full(rows, width, np.int64))


def _joined_bytes(parts: Sequence[Slices]) -> Slices:
    begins = accumulate((len(part.buffer) for part in parts), initial=0)
    return Slices(
        np.concatenate([part.buffer for part in parts]),
        np.concatenate([part.start + begin for part, begin in zip(parts, begins, strict=False)]),
        np.concatenate([part.size for part in parts]),
    )
