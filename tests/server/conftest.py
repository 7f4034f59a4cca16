"""A client in memory, once for each form of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from mcp import Client
from mcp_types import Implementation

from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp import build_server
from tests.server.in_memory import MODES


@pytest.fixture(params=MODES)
async def client(engine: Engine, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """A client of the stateless protocol, and one of the handshake's."""
    ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def hold() -> None:  # a task of its own: a cancel scope must be left where it was entered
        about = Implementation(name="claude-code", version="2.1")
        async with Client(build_server(engine), mode=request.param, client_info=about) as client:
            ready.set_result(client)
            await over.wait()

    holding = asyncio.create_task(hold())
    yield await ready
    over.set()
    await holding
