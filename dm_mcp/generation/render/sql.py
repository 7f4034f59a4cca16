"""SQL: INSERT statements of many rows, in the words of a dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

import numpy as np

from dm_mcp.generation.columns import (
    Block,
    BooleanColumn,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    NestedColumn,
    ObjectColumn,
    PickedColumn,
    Pool,
    TextColumn,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.cells import cells, name_bytes
from dm_mcp.generation.render.copy_columns import refuse_nul
from dm_mcp.generation.render.copy_values import NUL, NUL_HINT
from dm_mcp.generation.render.digits import timestamp_text
from dm_mcp.generation.render.each_value import encode_each, encode_picked
from dm_mcp.generation.render.float_text import float_text
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.render.json_text import nested_texts, plain, value_json
from dm_mcp.generation.render.objects import typed_column
from dm_mcp.generation.render.parts import Masked, Part, filled, lay_out
from dm_mcp.generation.render.sql_dialects import DIALECTS, Dialect
from dm_mcp.generation.render.text import calendar_microseconds, column_text, scalar_text
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows, to_python

__all__ = ["sql_statements"]

_NOT_FINITE = "the dialects of SQL have no common form of infinity and NaN"
_NOT_FINITE_HINT = "Use None instead."


def sql_statements(blocks: Iterable[Block], about: Rendering) -> Iterator[memoryview]:
    """INSERT statements for ``about.table``, a piece a block. Numbers are bare, all else is quoted.

    Dictionaries and lists are JSON text. Raises GenerationError that names the field for what the dialect can't hold:
    NaN, infinity, and for PostgreSQL a NUL character.
    """
    dialect = DIALECTS[about.dialect]
    return (_statements(block, dialect, about.table) for block in blocks if block.names)


def _statements(block: Block, dialect: Dialect, table: str) -> memoryview:
    names = b", ".join(name_bytes(name, dialect.identifier) for name in block.names)
    insert = b"INSERT INTO " + name_bytes(table, dialect.table) + b" (" + names + b") VALUES\n"
    encode = partial(_column, dialect)
    place = np.arange(block.rows) % dialect.rows
    last = place == dialect.rows - 1
    last[-1:] = True
    parts: list[Part] = [Masked(insert, place == 0), b"("]
    for at, (name, column) in enumerate(block):
        if at:
            parts.append(b", ")
        parts += cells(name, column, block.rows, encode, b"NULL")
    parts += [Masked(b"),\n", ~last), Masked(b");\n", last)]
    return lay_out(parts, block.rows).buffer.data


def _column(dialect: Dialect, column: Column, rows: int) -> list[Part]:
    match column:
        case IntegerColumn() | DecimalColumn():
            return column_text(column) or []
        case FloatColumn():
            return float_text(column, _NOT_FINITE, _NOT_FINITE_HINT)
        case BooleanColumn():
            return [_truth(dialect).slices(filled(column.values.astype(np.int64), column.null))]
        case TextColumn():
            if dialect.no_nul:
                refuse_nul(column, rows)
            return [dialect.text.encode(), *(column_text(column, dialect.escape) or []), b"'"]
        case DateColumn():
            return [dialect.date.encode(), *(column_text(column) or []), b"'"]
        case TimestampColumn():
            before, between, after = map(str.encode, dialect.timestamp)
            return [before, *timestamp_text(calendar_microseconds(column), between, after)]
        case UuidColumn():
            return [b"'", *(column_text(column) or []), b"'"]
        case PickedColumn():
            return [encode_picked(column, rows, _encoder(dialect))]
        case NestedColumn():
            return _column(dialect, nested_texts(column, rows), rows)
        case ObjectColumn():
            values = to_python(column, rows)
            typed = typed_column(values, null_rows(column))
            return _column(dialect, typed, rows) if typed else [encode_each(values, _encoder(dialect))]
        case _:
            return [encode_each(to_python(column, rows), _encoder(dialect))]


@cache
def _truth(dialect: Dialect) -> Pool:
    return Pool(dialect.truth)


@cache
def _encoder(dialect: Dialect) -> Any:
    """The function for single values: one object a dialect, under which renderings are kept."""
    return partial(_literal, dialect)


def _literal(dialect: Dialect, value: object) -> bytes:
    value = plain(value)
    match value:
        case bool():
            return dialect.truth[value].encode()
        case int():
            return int.__repr__(value).encode()
        case float() | Decimal():
            if not Decimal(value).is_finite():
                raise Unfit(_NOT_FINITE, _NOT_FINITE_HINT)
            return (scalar_text(value) or "").encode()
        case datetime():
            return _moment(dialect, value)
        case date():
            return f"{dialect.date}{value.isoformat()}'".encode()
        case _:
            text = scalar_text(value)
            return _quoted(dialect, value_json(value).decode() if text is None else text)


def _quoted(dialect: Dialect, text: str) -> bytes:
    if dialect.no_nul and "\0" in text:
        raise Unfit(NUL, NUL_HINT)
    try:
        return f"{dialect.text}{dialect.escape(text)}'".encode()
    except UnicodeEncodeError:
        raise Unfit("the text holds half of a surrogate pair, which UTF-8 can't hold") from None


def _moment(dialect: Dialect, value: datetime) -> bytes:
    """As `timestamp_text` writes it; a time without a zone is taken to be in UTC."""
    before, between, after = dialect.timestamp
    try:
        utc = value if value.utcoffset() is None else value.astimezone(UTC)
    except OverflowError:
        raise Unfit("in UTC the time lies outside the years 1 to 9999") from None
    return f"{before}{utc.replace(tzinfo=None).isoformat(between)}{after}".encode()
