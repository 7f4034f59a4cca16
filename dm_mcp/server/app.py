"""An MCP server as one web application: ``/mcp``, ``/sse`` with ``/messages/``, ``/health``.

``/mcp`` is Streamable HTTP in both its eras: with a handshake and sessions (protocol revisions up to 2025-11-25), and
stateless (2026-07-28). ``/sse`` is the older transport of its own. All but ``/health`` want the bearer token, and a
session serves nobody but who opened it.

When a client goes away in the middle of a call:

- stateless, and over SSE: the call is cancelled, and its run with it.
- with a session over ``/mcp``: the call goes on. That protocol says that a lost connection is no cancellation, since
  the client may be back, and has a message to cancel with. So the run is as a detached one: it ends by itself, by its
  limit of time, or by being cancelled. The call returns at the run's end or after ``wait_seconds``, whatever is first,
  into nothing; the session, if nobody uses it again, ends after `SESSION_IDLE`.
  https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server
"""

from __future__ import annotations

from typing import Any

from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.auth.provider import TokenVerifier
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from dm_mcp import __version__
from dm_mcp.server.guard import HostGuard, RequireToken

__all__ = ["build_app"]

SESSION_IDLE = 4000.0
"""Seconds after which a session without any request ends, and what it still waits for with it. Longer than any call
waits: else a dead client's run would be cancelled by its session's end."""


def build_app(server: MCPServer[Any], verifier: TokenVerifier, host: str) -> Starlette:
    """The application that serves ``server`` to whoever the verifier knows; ``host`` is where it will listen.

    It serves one start and stop: its sessions live as long as its lifespan, and can't be opened again. What outlives
    sessions (the engine and its runs) must be held outside.
    """
    unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # HostGuard checks, before all else
    streamable = server.streamable_http_app(transport_security=unchecked, session_idle_timeout=SESSION_IDLE)
    sse = server.sse_app(transport_security=unchecked)
    protected = [route for route in (*streamable.routes, *sse.routes) if isinstance(route, Route | Mount)]
    for route in protected:
        route.app = RequireToken(route.app)
    return Starlette(
        routes=[Route("/health", _health), *protected],
        middleware=[
            Middleware(HostGuard, host=host),
            Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(verifier)),
        ],
        lifespan=lambda _: server.session_manager.run(),
    )


async def _health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok", "version": __version__})
