"""JSON: an object a line, or the same objects as one array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dm_mcp.generation.columns import Block
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.render.json_text import object_parts
from dm_mcp.generation.render.parts import lay_out

__all__ = ["json_array", "json_lines", "json_rows"]


def json_lines(block: Block) -> memoryview:
    """A compact JSON object a line, in UTF-8 without escapes that JSON does not ask for.

    Decimals and floats are numbers, uuids, dates and times strings; a timestamp is ``2026-01-31T12:00:00Z`` and has a
    fraction of six digits where its value has one. Raises GenerationError that names the field for what JSON can't
    hold: NaN and infinity among others.
    """
    return _objects(block, b"", b"\n")


def json_rows(blocks: Iterable[Block], _: Rendering) -> Iterator[memoryview]:
    """The lines of `json_lines`, a piece a block."""
    return map(json_lines, blocks)


def json_array(blocks: Iterable[Block], _: Rendering) -> Iterator[bytes]:
    """The objects of `json_lines` as one JSON array, in pieces: one a block and the brackets. Raises as it does."""
    yield b"["
    before = b"\n"
    for block in blocks:
        if block.rows:
            yield before + bytes(_objects(block, b",\n", b"")[2:])
            before = b",\n"
    yield b"]"


def _objects(block: Block, before: bytes, after: bytes) -> memoryview:
    return lay_out([before, *object_parts(block), after], block.rows).buffer.data
