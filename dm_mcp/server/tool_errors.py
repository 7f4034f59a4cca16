"""Failures on their way to a client: of a tool as the tool's error, of a resource or a prompt as one of the protocol.

Both say code, what, where and what to do, and show no traceback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from mcp import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, TextContent

from dm_mcp.errors import DmError, ServerUnreachable, StoreFailed
from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.tool_result import plain

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["as_protocol_error", "as_tool_error"]

_Args = ParamSpec("_Args")
_Returned = TypeVar("_Returned")

_OURS = (StoreFailed, ServerUnreachable)


def as_tool_error(
    tool: Callable[_Args, Awaitable[_Returned]],
) -> Callable[_Args, Awaitable[_Returned | CallToolResult]]:
    """Let a failure that the caller can mend reach it as a tool error."""

    @wraps(tool)
    async def wrapped(*args: _Args.args, **kwargs: _Args.kwargs) -> _Returned | CallToolResult:
        try:
            return await tool(*args, **kwargs)
        except DmError as error:
            return CallToolResult(content=[TextContent(type="text", text=_text(error))], is_error=True)

    return wrapped


@contextmanager
def as_protocol_error(**data: Any) -> Generator[None]:
    """Let a failure reach the caller as an error of the protocol, with our code and ``data`` beside the text."""
    try:
        yield
    except DmError as error:
        code = INTERNAL_ERROR if isinstance(error, _OURS) else INVALID_PARAMS
        raise MCPError(code=code, message=_text(error), data={"code": error.code, **data}) from None


def _text(error: DmError) -> str:
    return plain(f"{error.code}: {error}"[: bounds.ERROR])
