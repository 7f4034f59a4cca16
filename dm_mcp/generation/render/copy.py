"""PostgreSQL's binary COPY: a block of columns as the bytes that ``COPY ... FROM STDIN (FORMAT binary)`` reads.

A row is an int16 count of fields and, for each field, an int32 size and that many bytes (size -1: null); all integers
are big-endian. https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dm_mcp.errors import GenerationError, ValueMismatch, Where
from dm_mcp.generation.columns import Block, Column
from dm_mcp.generation.render.copy_arrays import encode_array
from dm_mcp.generation.render.copy_columns import encode_column, with_sizes
from dm_mcp.generation.render.copy_values import INTEGERS, TEXTS
from dm_mcp.generation.render.parts import Part, lay_out
from dm_mcp.generation.render.unfit import Unfit, require
from dm_mcp.generation.render.values import to_python

__all__ = ["COPY_TYPES", "HEADER", "TRAILER", "CopyEncoder", "CopyTarget"]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""Signature, flags and extension length: once, before the first row."""

TRAILER = b"\xff\xff"
"""A field count of -1: once, after the last row."""

COPY_TYPES: frozenset[str] = TEXTS | {
    *INTEGERS,
    "bool",
    "bytea",
    "date",
    "float4",
    "float8",
    "json",
    "jsonb",
    "numeric",
    "time",
    "timestamp",
    "timestamptz",
    "uuid",
}
"""The types that can be a target: base types of ``pg_type``, and ``enum`` for any enum."""

_NULL_HINT = "Give the field a value in every row, or leave the field out if the column has a default."
_SHOWN = 80  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class CopyTarget:
    """A column of the table, in the order of the COPY statement."""

    name: str
    type: str
    """One of `COPY_TYPES`; for a domain its base type."""
    nullable: bool = True
    scale: int | None = None
    """Digits after the point that a numeric column keeps; None when it keeps all."""
    sensitive: bool = False
    """Values are kept out of messages."""
    element: int | None = None
    """For an array the oid of its elements' type, which ``type`` then is."""


class CopyEncoder:
    """Blocks to COPY bytes for one table; `HEADER` and `TRAILER` are the caller's, for blocks follow each other.

    What Python values become: a ``str`` is a JSON string in json and jsonb columns, and is read in uuid, date, time,
    timestamp, numeric, float, integer and bool columns where it is a usual form; a datetime with a zone is brought to
    UTC in timestamp and date columns, one without is refused in timestamptz; a date is its midnight (UTC); floats
    become the nearest value of a float column, and in numeric columns the digits of their ``repr``; integers take
    floats and decimals without a fraction; dictionaries and lists are JSON text in text columns, and lists of plain
    values arrays in columns of those. Nothing is rounded or cut in silence.
    """

    def __init__(self, targets: Sequence[CopyTarget], table: str) -> None:
        """Raises ValueError for a type that is none of `COPY_TYPES`."""
        for target in targets:
            if target.type not in COPY_TYPES:
                raise ValueError(f"column {target.name!r}: {target.type!r} is none of the types that COPY can send")
        self._targets = tuple(targets)
        self._table = table

    def encode(self, block: Block, first_row: int) -> memoryview:
        """The rows of the block; each target is looked up in it by name.

        ``first_row`` is the number of the block's first row, from 1, for messages. Raises KeyError for a target that
        the block has no column for, and ValueMismatch, with table, row and column, for a value that its column can't
        hold. Nothing of the block is given out then.
        """
        parts: list[Part] = [len(self._targets).to_bytes(2, "big")]
        for target in self._targets:
            parts += self._field(target, block.column(target.name), block.rows, first_row)
        return lay_out(parts, block.rows).buffer.data

    def _field(self, target: CopyTarget, column: Column, rows: int, first_row: int) -> list[Part]:
        """A column's parts with the size of each value before it."""
        try:
            if target.element is None:
                parts, null = encode_column(column, target.type, target.scale, rows)
            else:
                parts, null = encode_array(column, target.type, target.element, target.scale, rows)
            if null is not None and not target.nullable:
                require(~null, None, "the column allows no null", _NULL_HINT)
        except Unfit as unfit:
            raise self._mismatch(target, column, unfit, rows, first_row) from None
        except GenerationError as error:
            raise ValueMismatch(error.message, hint=error.hint, table=self._table, column=target.name) from None
        return with_sizes(parts, null)

    def _mismatch(self, target: CopyTarget, column: Column, unfit: Unfit, rows: int, first_row: int) -> ValueMismatch:
        where: Where = {"table": self._table, "column": target.name, "row": first_row + unfit.index}
        shown = None if target.sensitive else _shown(column, unfit.index, rows)
        if shown is not None:
            where["value"] = shown
        name = target.type if target.element is None else f"{target.type}[]"
        kind = name if target.scale is None else f"{name} of scale {target.scale}"
        message = f"{'the value' if shown is None else shown} does not fit the type {kind}: {unfit.reason}."
        return ValueMismatch(message, hint=unfit.hint, **where)


def _shown(column: Column, index: int, rows: int) -> str | None:
    """The value's ``repr``, shortened; None for a time that Python can't hold."""
    try:
        values: list[Any] = to_python(column, rows)
    except GenerationError:
        return None
    text = repr(values[index])
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
