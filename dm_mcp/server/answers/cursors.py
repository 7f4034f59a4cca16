"""Pages of a list that is held whole: a cursor is the number of the entry that the page begins with."""

from __future__ import annotations

from dm_mcp.errors import InvalidRequest

__all__ = ["following", "offset"]


def offset(cursor: str | None) -> int:
    """The number in a cursor of ours; 0 without one. Raises `InvalidRequest`."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 15):
        raise InvalidRequest(f"{cursor!r:.50} is no cursor.", hint="Pass next_cursor of the page before, or nothing.")
    return int(cursor)


def following(end: int, total: int) -> str | None:
    """The cursor of the page after one that ends before entry ``end``; None when that was the last."""
    return str(end) if end < total else None
