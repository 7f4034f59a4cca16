"""Columns as Python values, and blocks as dictionaries: what a script works with."""

from __future__ import annotations

import copy
import itertools
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    BooleanColumn,
    Choices,
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
from dm_mcp.generation.render.parts import filled
from dm_mcp.generation.render.row_code import row_code
from dm_mcp.generation.render.strings import object_array, strings
from dm_mcp.generation.render.text import calendar_days, calendar_microseconds

__all__ = ["are_immutable", "iter_rows", "null_rows", "to_columns", "to_python", "to_rows", "to_tuples"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = Context(prec=64)  # room for any int64; the thread's own context may round
_IMMUTABLE = (str, int, float, Decimal, date, time, uuid.UUID, bytes, Enum, type(None))


def are_immutable(column: Column, values: list[Any]) -> bool:
    """No script can change one of the values that `to_python` made of the column in place."""
    match column:
        case PickedColumn():
            return _choice_values(column.choices).immutable
        case ObjectColumn():
            return all(map(_is_immutable, values))
        case NestedColumn():
            return False
        case _:
            return True


def _is_immutable(value: object) -> bool:
    return isinstance(value, _IMMUTABLE)


def to_python(column: Column, rows: int) -> list[Any]:
    """A Python value a row: uuids are ``str``, decimals `Decimal`, timestamps aware in UTC, nulls None.

    Dictionaries and lists among choices are copied, so that each row owns its value.
    Raises GenerationError for a time outside the years 1 to 9999.
    """
    values = _values(column, rows)
    if column.null is not None:
        for at in np.flatnonzero(column.null).tolist():
            values[at] = None
    return values


def to_columns(block: Block) -> list[list[Any]]:
    """`to_python` for each column. Raises GenerationError that names the field."""
    columns: list[list[Any]] = []
    for name, column in block:
        try:
            columns.append(to_python(column, block.rows))
        except GenerationError as error:
            raise GenerationError(error.message, hint=error.hint, field=name) from None
    return columns


def to_rows(block: Block) -> list[dict[str, Any]]:
    """A dictionary a row, fields in the block's order. Raises GenerationError that names the field."""
    return row_code(block.names).make(block.rows, to_columns(block))


def iter_rows(block: Block) -> Iterator[dict[str, Any]]:
    """The rows of `to_rows`, each made when it is reached, of values that are made at once. Raises as it does."""
    return row_code(block.names).each(block.rows, to_columns(block))


def to_tuples(block: Block) -> list[tuple[Any, ...]]:
    """A tuple a row, for database drivers: no form of Python code makes them faster. Raises as `to_rows` does."""
    return list(zip(*to_columns(block), strict=True)) if block.names else [()] * block.rows


def null_rows(column: Column) -> Mask | None:
    """True where a row is null, rows that hold or pick None included; None when there is no such row."""
    null = column.null
    none: Mask | None = None
    if isinstance(column, ObjectColumn):
        if type(None) in set(map(type, column.values)):
            none = np.array([value is None for value in column.values], np.bool_)
    elif isinstance(column, PickedColumn) and (nones := _choice_values(column.choices).none) is not None:
        none = nones[filled(column.indices, null)]
    if none is not None:
        null = none if null is None else null | none
    return null if null is not None and null.any() else None


def _values(column: Column, rows: int) -> list[Any]:
    match column:
        case IntegerColumn() | FloatColumn() | BooleanColumn():
            return column.values.tolist()
        case DecimalColumn():
            return _decimals(column)
        case TimestampColumn():
            return list(map(_EPOCH.__add__, calendar_microseconds(column).astype("m8[us]").tolist()))
        case DateColumn():
            return calendar_days(column).astype("M8[D]").tolist()
        case UuidColumn() | TextColumn():
            return strings(column, rows)
        case PickedColumn():
            return _picked(column, rows)
        case ObjectColumn():
            return list(column.values)
        case NestedColumn():
            return _nested(column, rows)


def _nested(column: NestedColumn, rows: int) -> list[Any]:
    objects = to_rows(column.objects)
    if column.ends is None:
        return list(objects)
    ends = column.ends.tolist()
    return [objects[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)] if rows else []


def _decimals(column: DecimalColumn) -> list[Any]:
    unscaled = filled(column.unscaled, column.null).tolist()
    if not column.scale:
        return list(map(Decimal, unscaled))
    return list(map(_EXACT.multiply, unscaled, itertools.repeat(Decimal((0, (1,), -column.scale)))))


def _picked(column: PickedColumn, rows: int) -> list[Any]:
    if not len(column.choices):
        return [None] * rows
    choices = _choice_values(column.choices)
    picked = choices.values[filled(column.indices, column.null)].tolist()
    return picked if choices.immutable else [v if _is_immutable(v) else copy.deepcopy(v) for v in picked]


class _ChoiceValues(NamedTuple):
    """What is kept with `Choices`: the values to index, whether all are immutable, and which are None, if any."""

    values: NDArray[np.object_]
    immutable: bool
    none: Mask | None


def _choice_values(choices: Choices) -> _ChoiceValues:
    kept = choices.rendered.get(to_python)
    if not isinstance(kept, _ChoiceValues):
        none = np.array([value is None for value in choices.values], np.bool_)
        kept = _ChoiceValues(
            object_array(choices.values), all(map(_is_immutable, choices.values)), none if none.any() else None
        )
        choices.rendered[to_python] = kept
    return kept
