"""Text columns as Python strings."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import Mask, Picked, Pool, Slices, TextColumn, UuidColumn
from dm_mcp.generation.render.parts import Masked, Part, filled, lay_out, masked
from dm_mcp.generation.render.text import column_text

__all__ = ["object_array", "strings"]

_FEW = 64
"""Rows; so many are joined one by one sooner than numpy has made its arrays ready."""

_words: weakref.WeakKeyDictionary[Pool, NDArray[np.object_]] = weakref.WeakKeyDictionary()


def strings(column: TextColumn | UuidColumn, rows: int) -> list[Any]:
    """A ``str`` a row; anything where the row is null. Raises GenerationError for a constant that is no Unicode."""
    if isinstance(column, TextColumn):
        if (alone := _alone(column)) is not None:
            return _picked(alone, column.null)
        if column.null is not None and column.null.all():
            return [None] * rows
    elif rows <= _FEW:
        return [str(UUID(bytes=value.tobytes())) for value in column.values]
    parts = _only(column_text(column) or [], column.null)
    return _joined(parts, rows) if rows <= _FEW else _split(parts, rows)


def object_array(values: tuple[Any, ...]) -> NDArray[np.object_]:
    """The values as items of an array, whatever they are."""
    array = np.empty(len(values), np.object_)
    for at, value in enumerate(values):  # by item: numpy would take sequences among the values apart
        array[at] = value
    return array


def _alone(column: TextColumn) -> Picked | None:
    """The words that are all of the text."""
    first = column.parts[0]
    return first if len(column.parts) == 1 and isinstance(first, Picked) and len(first.pool) else None


def _picked(part: Picked, null: Mask | None) -> list[str]:
    words = _words.get(part.pool)
    if words is None:
        words = _words[part.pool] = object_array(part.pool.words)
    return words[filled(part.indices, null)].tolist()


def _joined(parts: Iterable[Part], rows: int) -> list[str]:
    return [b"".join(pieces).decode() for pieces in zip(*(_each(part, rows) for part in parts), strict=True)]


def _each(part: Part, rows: int) -> list[bytes]:
    match part:
        case bytes():
            return [part] * rows
        case Slices(buffer, start, size):
            ends = (start + size).tolist()
            return [buffer[begin:end].tobytes() for begin, end in zip(start.tolist(), ends, strict=True)]
        case Masked(inner, present):
            pieces = _each(inner, rows)
            return [piece if there else b"" for piece, there in zip(pieces, present.tolist(), strict=True)]
        case _:
            return [row.tobytes() for row in part]


def _only(parts: Iterable[Part], null: Mask | None) -> list[Part]:
    return list(parts) if null is None else masked(parts, ~null)


def _split(parts: list[Part], rows: int) -> list[Any]:
    """Each row's text: one decoding for all rows, then a split at a separator put after each."""
    text = lay_out([*parts, b"\0"], rows)
    values: list[Any] = text.buffer.tobytes().decode().split("\0")
    values.pop()
    if len(values) == rows:
        return values
    data = text.buffer.tobytes()  # a text holds the separator itself
    ends = (text.start + text.size - 1).tolist()
    return [data[start:end].decode() for start, end in zip(text.start.tolist(), ends, strict=True)]
