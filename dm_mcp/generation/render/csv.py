"""CSV as RFC 4180 has it: a header, lines that end in CR LF, quotes where a field needs them. UTF-8 without a mark."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from dm_mcp.generation.columns import (
    Block,
    Column,
    FloatColumn,
    NestedColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    Slices,
    TextColumn,
    TextPart,
)
from dm_mcp.generation.render.cells import cells, name_bytes
from dm_mcp.generation.render.each_value import encode_each, encode_picked
from dm_mcp.generation.render.float_text import float_text
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.render.json_text import nested_texts, plain, value_json
from dm_mcp.generation.render.objects import typed_column
from dm_mcp.generation.render.parts import Part, lay_out
from dm_mcp.generation.render.text import column_text, scalar_text
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows, to_python

__all__ = ["csv_lines", "csv_rows"]

_SPECIAL = re.compile('[",\r\n]')
_NOT_FINITE = "CSV has no common form of infinity and NaN"
_NOT_FINITE_HINT = "Use None instead."


def csv_rows(blocks: Iterable[Block], about: Rendering) -> Iterator[bytes | memoryview]:
    """The header, then the lines of `csv_lines`, a piece a block."""
    yield b",".join(name_bytes(column.name, _field) for column in about.columns) + b"\r\n"
    yield from map(csv_lines, blocks)


def csv_lines(block: Block) -> memoryview:
    """A line a row. A null is an empty field and an empty text is ``""``; dictionaries and lists are JSON.

    Numbers, dates and times are written as in JSON, timestamps as ``2026-01-31T12:00:00Z``. A row of one field that is
    null is an empty line. Raises GenerationError that names the field for NaN and infinity.
    """
    parts: list[Part] = []
    for at, (name, column) in enumerate(block):
        if at:
            parts.append(b",")
        parts += cells(name, column, block.rows, _column, b"")
    return lay_out([*parts, b"\r\n"], block.rows).buffer.data


def _column(column: Column, rows: int) -> list[Part]:
    match column:
        case TextColumn():
            return _text(column)
        case FloatColumn():
            return float_text(column, _NOT_FINITE, _NOT_FINITE_HINT)
        case PickedColumn():
            return [encode_picked(column, rows, _value)]
        case NestedColumn():
            return _column(nested_texts(column, rows), rows)
        case ObjectColumn():
            values = to_python(column, rows)
            typed = typed_column(values, null_rows(column))
            return _column(typed, rows) if typed else [encode_each(values, _value)]
        case _:
            return column_text(column) or [encode_each(to_python(column, rows), _value)]


def _text(column: TextColumn) -> list[Part]:
    """Of one part, each word with the quotes that it needs; of several, quotes round all rows if one may need them."""
    first = column.parts[0]
    if len(column.parts) == 1 and isinstance(first, str | Picked):
        return column_text(column, _field) or []
    facts = [_facts(part) for part in column.parts]
    if any(fact.special for fact in facts) or all(fact.empty for fact in facts):
        return [b'"', *(column_text(column, _doubled) or []), b'"']
    return column_text(column) or []


def _field(text: str) -> str:
    return text if text and not _SPECIAL.search(text) else f'"{_doubled(text)}"'


def _doubled(text: str) -> str:
    return text.replace('"', '""')


def _value(value: object) -> bytes:
    value = plain(value)
    if isinstance(value, float | Decimal) and not Decimal(value).is_finite():
        raise Unfit(_NOT_FINITE, _NOT_FINITE_HINT)
    text = scalar_text(value)
    try:
        return _field(value_json(value).decode() if text is None else text).encode()
    except UnicodeEncodeError:
        raise Unfit("the text holds half of a surrogate pair, which UTF-8 can't hold") from None


class _Facts(NamedTuple):
    """What a part of a text may bring into a field."""

    special: bool
    """A character that wants quotes."""
    empty: bool
    """Nothing at all."""


_of_pools: weakref.WeakKeyDictionary[Pool, _Facts] = weakref.WeakKeyDictionary()


def _facts(part: TextPart) -> _Facts:
    match part:
        case str():
            return _Facts(_SPECIAL.search(part) is not None, not part)
        case Picked(pool, _):
            facts = _of_pools.get(pool)
            if facts is None:
                facts = _of_pools[pool] = _Facts(any(map(_SPECIAL.search, pool.words)), "" in pool.words)
            return facts
        case Slices():
            return _Facts(False, not part.size.all())
        case _:
            return _Facts(False, not part.shape[1])
