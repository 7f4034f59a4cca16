"""Any column as parts of text, for field types that are made of other fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from dm_mcp.generation.columns import (
    Choices,
    Column,
    Ints,
    Mask,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    Slices,
    TextColumn,
    TextPart,
)
from dm_mcp.generation.render.parts import lay_out
from dm_mcp.generation.render.text import column_text
from dm_mcp.generation.render.values import to_python

__all__ = ["mapped_parts", "part_numbers", "text_numbers", "text_parts", "unveiled"]

_with_blank: WeakKeyDictionary[Pool, Pool] = WeakKeyDictionary()
_numbered: WeakKeyDictionary[Pool, dict[Callable[[str], int], Ints]] = WeakKeyDictionary()


def text_parts(column: Column, rows: int) -> tuple[TextPart, ...]:
    """What the rows read as text, nulls as nothing; at least one part."""
    match column:
        case TextColumn():
            return tuple(_blanked(part, column.null, rows) for part in column.parts)
        case PickedColumn():
            return (_blanked(Picked(_texts(column.choices), column.indices), column.null, rows),)
        case _:
            laid_out = None if isinstance(column, ObjectColumn) else column_text(column)
            if laid_out is None:
                return (_listed(_text(value) for value in to_python(column, rows)),)
            return (_blanked(lay_out(laid_out, rows), column.null, rows),)


def mapped_parts(column: Column, rows: int, change: Callable[[str], str]) -> list[TextPart]:
    """The parts of `text_parts` with each piece of text changed; ``change`` is kept with the pools it was used on."""
    return [_mapped(part, rows, change) for part in text_parts(column, rows)]


def text_numbers(column: Column, rows: int, number: Callable[[str], int]) -> Ints:
    """A number for each row's text: that of nothing for a null.

    ``number`` is kept with the pools it was used on, so it must be the same function at each call.
    """
    parts = text_parts(column, rows)
    if len(parts) == 1:
        return part_numbers(parts[0], rows, number)
    return np.fromiter(map(number, to_python(TextColumn(parts), rows)), np.int64, rows)


def part_numbers(part: TextPart, rows: int, number: Callable[[str], int]) -> Ints:
    """A number for each row's piece of text; see `text_numbers`."""
    if isinstance(part, str):
        return np.full(rows, number(part), np.int64)
    if isinstance(part, Picked):
        kept = _numbered.setdefault(part.pool, {})
        if number not in kept:
            kept[number] = np.fromiter(map(number, part.pool.words), np.int64, len(part.pool))
        return kept[number][part.indices]
    return np.fromiter(map(number, to_python(TextColumn((part,)), rows)), np.int64, rows)


def unveiled(column: Column) -> Column:
    """The column with what stands behind its nulls, where that is text."""
    return replace(column, null=None) if isinstance(column, TextColumn) else column


def _mapped(part: TextPart, rows: int, change: Callable[[str], str]) -> TextPart:
    if isinstance(part, str):
        return change(part)
    if isinstance(part, Picked):
        return Picked(part.pool.escaped(change), part.indices)
    return _listed(change(text) for text in to_python(TextColumn((part,)), rows))


def _listed(texts: Any) -> Picked:
    pool = Pool(texts)
    return Picked(pool, np.arange(len(pool), dtype=np.int64))


def _blanked(part: TextPart, null: Mask | None, rows: int) -> TextPart:
    """The part, empty where the row is null."""
    if null is None:
        return part
    if isinstance(part, str):
        return Picked(Pool([part, ""]), null.astype(np.int64))
    if isinstance(part, Picked):
        blank = _with_blank.get(part.pool)
        if blank is None:
            blank = _with_blank[part.pool] = Pool((*part.pool.words, ""))
        return Picked(blank, np.where(null, len(part.pool), part.indices))
    if isinstance(part, Slices):
        return Slices(part.buffer, part.start, np.where(null, 0, part.size))
    width = part.shape[1]
    start = np.arange(0, rows * width, width, dtype=np.int64)
    return Slices(np.ascontiguousarray(part).reshape(-1), start, np.where(null, 0, width))


def _texts(choices: Choices) -> Pool:
    pool = choices.rendered.get(_text)
    if not isinstance(pool, Pool):
        pool = choices.rendered[_text] = Pool(map(_text, choices.values))
    return pool


def _text(value: object) -> str:
    """A value as its column would write it: booleans in lower case, times as ISO 8601, lists as JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat().replace("+00:00", "Z")
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)
