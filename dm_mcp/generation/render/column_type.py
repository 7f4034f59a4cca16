"""What a column holds, read off its values: for rows that a script made or changed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dm_mcp.generation.columns import (
    BooleanColumn,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    NestedColumn,
    ObjectColumn,
    PickedColumn,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.schema import ColumnType

__all__ = ["column_type", "common_type", "value_type"]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

_KINDS: dict[type, ColumnType] = {
    IntegerColumn: ColumnType.INTEGER,
    FloatColumn: ColumnType.FLOAT,
    DecimalColumn: ColumnType.DECIMAL,
    BooleanColumn: ColumnType.BOOLEAN,
    TimestampColumn: ColumnType.TIMESTAMP,
    DateColumn: ColumnType.DATE,
    UuidColumn: ColumnType.UUID,
    TextColumn: ColumnType.TEXT,
    NestedColumn: ColumnType.JSON,
}

# The first class that fits wins: a bool is an int, and a datetime a date.
_TYPES: tuple[tuple[type | tuple[type, ...], ColumnType], ...] = (
    (bool, ColumnType.BOOLEAN),
    (int, ColumnType.INTEGER),
    (float, ColumnType.FLOAT),
    (Decimal, ColumnType.DECIMAL),
    (uuid.UUID, ColumnType.UUID),
    (datetime, ColumnType.TIMESTAMP),
    (date, ColumnType.DATE),
    ((dict, list, tuple), ColumnType.JSON),
)

_WIDER = {
    frozenset({ColumnType.INTEGER, ColumnType.FLOAT}): ColumnType.FLOAT,
    frozenset({ColumnType.INTEGER, ColumnType.DECIMAL}): ColumnType.DECIMAL,
    frozenset({ColumnType.FLOAT, ColumnType.DECIMAL}): ColumnType.DECIMAL,
    frozenset({ColumnType.DATE, ColumnType.TIMESTAMP}): ColumnType.TIMESTAMP,
}


def column_type(column: Column, declared: ColumnType | None = None) -> ColumnType | None:
    """What the column holds; None when that can't be told, since every value is None.

    ``declared``, the type that a template gave the field, stays while the column is the template's own, and when the
    script's values fit it: an int for a decimal, the text of a uuid for a uuid, anything for JSON.
    """
    if not isinstance(column, ObjectColumn):
        if declared or not isinstance(column, PickedColumn):
            return declared or _KINDS[type(column)]
        return value_type(column.choices.values)
    found = value_type(column.values)
    if found is None or declared is None:
        return found
    if declared is ColumnType.JSON or common_type((declared, found)) is declared:
        return declared
    if declared is ColumnType.UUID and _are_uuids(column.values):
        return declared
    return found


def _are_uuids(values: Iterable[Any]) -> bool:
    return all(
        value is None or isinstance(value, uuid.UUID) or (isinstance(value, str) and _UUID.fullmatch(value))
        for value in values
    )


def value_type(values: Iterable[object]) -> ColumnType | None:
    """The type that holds all of the Python values; None when every one is None."""
    return common_type(_type(kind) for kind in set(map(type, values)) - {type(None)})


def _type(kind: type) -> ColumnType:
    return next((found for classes, found in _TYPES if issubclass(kind, classes)), ColumnType.TEXT)


def common_type(kinds: Iterable[ColumnType]) -> ColumnType | None:
    """The narrowest type that holds all of ``kinds``: numbers widen, JSON takes anything, other mixtures are text."""
    found: ColumnType | None = None
    for kind in kinds:
        if found is None or found is kind:
            found = kind
        elif ColumnType.JSON in (found, kind):
            found = ColumnType.JSON
        else:
            found = _WIDER.get(frozenset({found, kind}), ColumnType.TEXT)
    return found
