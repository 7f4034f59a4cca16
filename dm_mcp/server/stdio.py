"""Serve MCP on standard input and output, as desktop clients and IDEs start it."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from dm_mcp.errors import DmError
from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp import build_server
from dm_mcp.workspace.workspace import Workspace

__all__ = ["serve_stdio"]

_log = logging.getLogger(__name__)

INTERRUPTED = 130
"""Exit status after SIGINT or SIGTERM."""
GRACE = 10.0
"""Seconds that detached runs get to end by themselves once the client has gone."""


async def serve_stdio(workspace: Workspace) -> None:
    """Serve until the client closes our standard input; runs that are left get `GRACE`, then end as interrupted."""
    terminated = False
    async with Engine(workspace) as engine:
        server = build_server(engine)
        first_answer = asyncio.Event()

        async def notice(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
            result = await call_next(ctx)
            first_answer.set()
            return result

        server.middleware.append(notice)
        warming = asyncio.create_task(_warm_up(engine, first_answer), name="warm-up")
        serving = asyncio.create_task(server.run_stdio_async(), name="stdio")
        try:
            await asyncio.wait([serving])
            serving.result()
            await engine.wait_idle(GRACE)
        except asyncio.CancelledError:
            terminated = True
        finally:
            warming.cancel()
    if terminated:
        os._exit(INTERRUPTED)  # a thread waits for standard input, and nothing else would end it


async def _warm_up(engine: Engine, first_answer: asyncio.Event) -> None:
    """Fork the process that workers come from, but not before the client has its first answer."""
    await first_answer.wait()
    try:
        await engine.warm_up()
    except DmError as error:  # the first run meets it again, and tells its caller
        _log.warning("%s", error)
