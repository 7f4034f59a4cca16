"""Lists as PostgreSQL's arrays of one dimension, in binary form: all elements of a block are encoded as one column.

The format is that of ``array_send`` and ``array_recv`` in ``src/backend/utils/adt/arrayfuncs.c``: int32 dimensions,
whether an element is null, the elements' type; for each dimension int32 size and lower bound; then the elements, each
after its int32 size as a field of COPY is.
"""

from __future__ import annotations

import itertools
from typing import Any, cast

import numpy as np

from dm_mcp.generation.columns import Column, Ints, Mask, ObjectColumn, Slices
from dm_mcp.generation.render.copy_columns import Encoded, encode_column, with_sizes
from dm_mcp.generation.render.parts import Masked, lay_out
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows, to_python

__all__ = ["encode_array"]

_JSON = ("json", "jsonb")


def encode_array(column: Column, type_name: str, element: int, scale: int | None, rows: int) -> Encoded:
    """The column for an array whose elements are of a type of `COPY_TYPES` with the oid ``element``.

    Raises Unfit with the row inside the block.
    """
    null = null_rows(column)
    lists = [_items(value, type_name, at) for at, value in enumerate(to_python(column, rows))]
    size = np.fromiter(map(len, lists), np.int64, rows)
    ends = np.cumsum(size)
    items = list(itertools.chain.from_iterable(lists))
    try:
        parts, none = encode_column(ObjectColumn(items), type_name, scale, len(items))
    except Unfit as unfit:
        at = int(np.searchsorted(ends, unfit.index, side="right"))
        raise Unfit(
            f"item {unfit.index - int(ends[at] - size[at]) + 1} of it: {unfit.reason}", unfit.hint, at
        ) from None
    text = lay_out(with_sizes(parts, none), len(items))
    edges = _counted(text.size)
    some = size > 0
    head = np.empty((rows, 3), ">i4")
    head[:, 0] = some
    head[:, 1] = 0 if none is None else _between(_counted(none), ends, size) > 0
    head[:, 2] = np.array(element, np.uint32).astype(np.int32)
    dimension = np.ones((rows, 2), ">i4")
    dimension[:, 0] = size
    elements = Slices(text.buffer, edges[ends - size], _between(edges, ends, size))
    return Encoded([_bytes(head), Masked(_bytes(dimension), some), elements], null)


def _items(value: object, type_name: str, at: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise Unfit(f"a list is expected, not {type(value).__name__}", index=at)
    items = list(cast("list[object]", value))
    if type_name not in _JSON and any(isinstance(item, list | tuple | dict) for item in items):
        raise Unfit("only lists of plain values can be stored in an array", index=at)
    return items


def _counted(values: Ints | Mask) -> Ints:
    """How much there is before each position, and at the end."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)))


def _between(edges: Ints, ends: Ints, size: Ints) -> Ints:
    return edges[ends] - edges[ends - size]


def _bytes(matrix: Any) -> Any:
    return matrix.view(np.uint8)
