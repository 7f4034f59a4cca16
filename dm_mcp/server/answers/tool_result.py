"""A tool's result in both forms."""

from __future__ import annotations

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel

from dm_mcp.server.answers import bounds

__all__ = ["plain", "tool_result"]


def tool_result(data: BaseModel, text: str | None = None, *, is_error: bool = False) -> CallToolResult:
    """A tool's result: ``data``, and as text either ``text`` or the same as JSON."""
    shown = plain(text if text is not None else data.model_dump_json(exclude_none=True))
    if len(shown) > bounds.ANSWER:
        shown = f"{shown[: bounds.ENTRIES]}\n... ({len(shown)} characters)"
    structured = data.model_dump(mode="json")
    return CallToolResult(
        content=[TextContent(type="text", text=shown)], structured_content=structured, is_error=is_error
    )


def plain(text: str) -> str:
    """The text with lone surrogates replaced: no transport takes them."""
    return text if text.isascii() else text.encode(errors="replace").decode()
