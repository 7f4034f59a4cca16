"""Serve MCP on standard input and output, as desktop clients and IDEs start it."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.server.warm_up import warm_up_after
from dm_mcp.workspace.workspace import Workspace

__all__ = ["serve_stdio"]

INTERRUPTED = 130
"""Exit status after SIGINT or SIGTERM."""
GRACE = 10.0
"""Seconds that detached runs get to end by themselves once the client has gone."""


async def serve_stdio(workspace: Workspace) -> None:
    """Serve until the client closes our standard input; runs that are left get `GRACE`, then end as interrupted."""
    terminated = False
    async with Engine(workspace) as engine:
        server = WorkspaceServer(engine)
        first_answer = asyncio.Event()

        async def notice(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
            result = await call_next(ctx)
            first_answer.set()
            return result

        server.middleware.append(notice)
        warming = asyncio.create_task(warm_up_after(first_answer, engine), name="warm-up")
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
