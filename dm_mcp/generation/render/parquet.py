"""A Parquet file, in row groups, so that it takes the memory of one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, BinaryIO

from dm_mcp.generation.columns import Block
from dm_mcp.generation.render.arrow_columns import Arrow
from dm_mcp.generation.render.cells import in_field
from dm_mcp.generation.render.extras import extra_module
from dm_mcp.generation.render.formats import Rendering

__all__ = ["write_parquet"]

_GROUP = 16
"""Blocks of a row group: some 130,000 rows, which is what readers like to have at once."""


def write_parquet(blocks: Iterable[Block], about: Rendering, file: BinaryIO) -> None:
    """Columns of int64, double, decimal, bool, timestamp (microseconds, UTC), date and text; uuids and JSON are text.

    The types are those of the first block. Raises GenerationError that names the field for a value of another type.
    """
    arrow = extra_module("pyarrow", "parquet")
    arrow.set_memory_pool(arrow.system_memory_pool())  # Arrow's own takes more addresses than a worker may have
    left = iter(blocks)
    first = next(left, None)
    schema = _schema(arrow, about, first)
    with extra_module("pyarrow.parquet", "parquet").ParquetWriter(file, schema) as writer:
        if first is None:
            return
        batches = (_batch(arrow, block, schema) for block in itertools.chain([first], left))
        while group := list(itertools.islice(batches, _GROUP)):
            writer.write_table(arrow.Table.from_batches(group))


def _schema(arrow: Any, about: Rendering, first: Block | None) -> Any:
    arrays = Arrow()
    columns = [None] * len(about.columns) if first is None else first.columns
    return arrow.schema(
        [(spec.name, arrays.type_of(spec, column)) for spec, column in zip(about.columns, columns, strict=True)]
    )


def _batch(arrow: Any, block: Block, schema: Any) -> Any:
    arrays, made = Arrow(), list[Any]()
    for (name, column), kind in zip(block, schema.types, strict=True):
        with in_field(name):
            made.append(arrays.array(column, kind, block.rows))
    return arrow.RecordBatch.from_arrays(made, schema=schema)
