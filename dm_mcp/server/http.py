"""Serve MCP over HTTP, as remote clients and several agents at once use it."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from dm_mcp.runs.engine import Engine
from dm_mcp.server.app import build_app
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.server.patience import PatientProtocol
from dm_mcp.server.sockets import listening
from dm_mcp.server.stdio import GRACE
from dm_mcp.server.token import TOKEN_FILE, WorkspaceToken, workspace_token
from dm_mcp.server.warm_up import warm_up_after
from dm_mcp.workspace.workspace import Workspace

__all__ = ["serve_http"]

KEEP_ALIVE = 75
"""Seconds that an unused connection stays open: longer than the usual clients keep theirs, so that none of them sends
a request into a connection that is being closed."""
ACCEPTED = 64
"""Connections that asyncio accepts in one go, before `PatientProtocol` sees the first of them."""
ANSWERS = 0.5
"""Seconds at the server's end in which callers still get answers, and ask once more what those mean to them (the
official Python client lists the tools, to check a result by its schema)."""


async def serve_http(workspace: Workspace, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until cancelled, which is how the command line passes SIGINT and SIGTERM on.

    Then runs get `GRACE` to end by themselves, and clients are served as before meanwhile; what is left of the runs
    ends as interrupted, their callers are answered, and at last every connection is closed. A second cancellation
    skips the grace.

    Port 0 takes a free one. Raises `InvalidRequest` when it can't listen there, and `WorkspaceError` when the token's
    file can't be used.
    """
    token = workspace_token(workspace.state)
    engine = Engine(workspace)
    server = _Server(build_app(WorkspaceServer(engine), WorkspaceToken(token), host))
    with listening(host, port) as sockets:
        try:
            async with engine:
                _announce(host, sockets[0].getsockname()[1], workspace)
                await _until_cancelled(server, sockets, engine)
        finally:
            await server.end()  # after the engine, so that callers hear how their runs ended


async def _until_cancelled(server: _Server, sockets: list[socket.socket], engine: Engine) -> None:
    serving = server.begin(sockets)
    warming = asyncio.create_task(warm_up_after(server.ready, engine), name="warm-up")
    try:
        await asyncio.wait([serving])
        serving.result()
    except asyncio.CancelledError:
        if count := engine.unfinished:
            runs = "1 run" if count == 1 else f"{count} runs"
            sys.stderr.write(f"dm-mcp: waiting up to {GRACE:g} s for {runs}; a second signal ends it now\n")
            sys.stderr.flush()
        await engine.wait_idle(GRACE)
        raise
    finally:
        warming.cancel()


class _Server(uvicorn.Server):
    """uvicorn, ended by whoever started it."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=PatientProtocol,
                backlog=ACCEPTED,
                ws="none",
                lifespan="on",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE,
            )
        )
        self.ready = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the command line."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and tell that requests are being answered."""
        await super().startup(sockets)
        self.ready.set()

    def begin(self, sockets: list[socket.socket]) -> asyncio.Task[None]:
        """Serve what comes in at these, in a task."""
        self._serving = asyncio.create_task(self.serve(sockets), name="http")
        return self._serving

    async def end(self) -> None:
        """Let answers that are ready go out, then hang up on whoever still listens."""
        if self._serving is None:
            return
        if self.server_state.tasks:
            await asyncio.wait([self._serving], timeout=ANSWERS)
        self.should_exit = True
        for connection in list(self.server_state.connections):
            connection.transport.close()
        await asyncio.wait([self._serving], timeout=ANSWERS)
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # its client reads nothing
        await self._serving


def _announce(host: str, port: int, workspace: Workspace) -> None:
    """Where the server is and where its token lies, never the token."""
    name = socket.gethostname() if host in ("0.0.0.0", "::") else host  # noqa: S104 - told, not bound
    base = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
    token = workspace.state / TOKEN_FILE
    sys.stderr.write(f"dm-mcp: serving at {base}/mcp (SSE: {base}/sse); the bearer token is in {token}\n")
    sys.stderr.flush()
