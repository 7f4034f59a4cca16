"""JSON: an object a line, or the same objects as one array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import Block
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.render.json_text import column_json, escape_json
from dm_mcp.generation.render.parts import Part, lay_out, masked
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows

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
    parts: list[Part] = [before + b"{"]
    comma = b""
    for name, column in block:
        try:
            parts.append(comma + b'"' + escape_json(name).encode() + b'":')
            null = null_rows(column)
            values = [] if null is not None and null.all() else column_json(column, block.rows)
        except Unfit as unfit:
            raise GenerationError(f"{unfit.reason}.", hint=unfit.hint, field=name) from None
        except GenerationError as error:
            raise GenerationError(error.message, hint=error.hint, field=name) from None
        except UnicodeEncodeError:
            raise GenerationError("the text holds half of a surrogate pair.", field=name) from None
        parts += values if null is None else [*masked(values, ~null), *masked([b"null"], null)]
        comma = b","
    return lay_out([*parts, b"}" + after], block.rows).buffer.data
