"""The HTTP face in the tests' own process, so that they can look inside."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn

from dm_mcp.runs.engine import Engine
from dm_mcp.server.app import build_app
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.server.sockets import listening
from dm_mcp.server.token import WorkspaceToken
from tests.server.http_server import HttpServer


@asynccontextmanager
async def serving_here(engine: Engine) -> AsyncGenerator[HttpServer]:
    token = secrets.token_urlsafe(32)
    application = build_app(WorkspaceServer(engine), WorkspaceToken(token), "127.0.0.1")
    with listening("127.0.0.1", 0) as sockets:
        server = uvicorn.Server(uvicorn.Config(application, log_config=None, log_level="warning", ws="none"))
        serving = asyncio.create_task(server.serve(sockets))
        try:
            yield HttpServer(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", token)
        finally:
            server.should_exit = True
            await serving
