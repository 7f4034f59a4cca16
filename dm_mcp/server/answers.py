"""What a tool answers, in both forms, within what the common clients take as one result."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel

from dm_mcp.errors import InvalidRequest

__all__ = ["SHOWN", "answer", "fitting", "offset", "plain"]

SHOWN = 20_000
"""Characters of a text, and of the structured content as JSON, at the most."""
_ROOM = 19_000  # what is left of them for the entries of a list


def answer(data: BaseModel, text: str | None = None, *, is_error: bool = False) -> CallToolResult:
    """A tool's result: ``data``, and as text either ``text`` or the same as JSON."""
    shown = plain(text if text is not None else data.model_dump_json(exclude_none=True))
    if len(shown) > SHOWN:
        shown = f"{shown[:_ROOM]}\n... ({len(shown)} characters)"
    structured = data.model_dump(mode="json")
    return CallToolResult(
        content=[TextContent(type="text", text=shown)], structured_content=structured, is_error=is_error
    )


def fitting(sizes: Sequence[int]) -> int:
    """How many entries of these sizes in characters fit into one answer, the first always."""
    room = _ROOM
    for count, size in enumerate(sizes):
        room -= size + 2
        if room < 0 and count:
            return count
    return len(sizes)


def offset(cursor: str | None) -> int:
    """The number in a cursor of ours; 0 without one. Raises `InvalidRequest`."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 15):
        raise InvalidRequest(f"{cursor!r:.50} is no cursor.", hint="Pass next_cursor of the page before, or nothing.")
    return int(cursor)


def plain(text: str) -> str:
    """The text with lone surrogates replaced: no transport takes them."""
    return text if text.isascii() else text.encode(errors="replace").decode()
