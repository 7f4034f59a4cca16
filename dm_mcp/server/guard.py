"""What stands before the HTTP face: a request's Host and Origin, and its bearer token.

A web page that somebody opens can make their browser send requests to a server on their own machine, under a name that
its maker points there ("DNS rebinding"). So a request must be addressed to a name that no stranger controls:

- ``localhost``, ``127.0.0.1``, ``[::1]``,
- the host that the server was told to listen on,
- the address at which the request arrived (with ``0.0.0.0`` that is any address of the machine),
- the machine's own name,

each with any port, since a port may be forwarded; and an ``Origin``, which browsers send, must be one of these too.
"""

from __future__ import annotations

import logging
import re
import socket

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dm_mcp.errors import InvalidRequest, Unauthorized
from dm_mcp.server.responses import error_response

__all__ = ["HostGuard", "RequireToken"]

logging.getLogger(TransportSecurityMiddleware.__module__).setLevel(logging.ERROR)
"""A stranger's bad requests are answered, not logged: a log that nobody reads would stop the server when it is full."""

_LONGEST = 300  # a name of 253 characters (RFC 1035), a scheme and a port
_NAME = r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]{1,253})(:[0-9]{1,5})?"
_HOST = re.compile(_NAME)
_ORIGIN = re.compile(rf"https?://{_NAME}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class HostGuard:
    """Refuses a request whose Host (421) or Origin (403) is not of this server."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        """``host`` is what the server was told to listen on: a name, or an address without brackets."""
        self._app = app
        self._names = {*_LOOPBACK, host, host.lower(), socket.gethostname(), socket.gethostname().lower()}
        self._checks: dict[str, TransportSecurityMiddleware] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or let it pass."""
        if scope["type"] == "http":
            refused = _malformed(scope) or await self._check(scope["server"][0]).validate_request(Request(scope))
            if refused is not None:
                hint = f"Use one of the names {', '.join(sorted(self._names))}, or start the server with --host NAME."
                error = InvalidRequest(f"{bytes(refused.body).decode()}.", hint=hint)
                await error_response(error, refused.status_code)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, address: str) -> TransportSecurityMiddleware:
        """The check for what arrives at that address of this machine; there are as many as it has addresses."""
        if address not in self._checks:
            hosts = sorted(_bracketed(name) for name in {*self._names, address})
            settings = TransportSecuritySettings(
                allowed_hosts=[*hosts, *(f"{host}:*" for host in hosts)],
                allowed_origins=[
                    f"{scheme}://{host}{port}" for scheme in ("http", "https") for host in hosts for port in ("", ":*")
                ],
            )
            self._checks[address] = TransportSecurityMiddleware(settings)
        return self._checks[address]


class RequireToken:
    """Refuses a request (401) that showed no token, or a wrong one, to the authentication before it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or let it pass."""
        if isinstance(scope.get("user"), AuthenticatedUser):
            await self._app(scope, receive, send)
            return
        error = Unauthorized(
            "The bearer token is missing or wrong.",
            hint="Send `Authorization: Bearer TOKEN`; the server's workspace holds the token in .dm/token.",
        )
        await error_response(error, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)


def _malformed(scope: Scope) -> Response | None:
    """The refusal of what is no host at all: the check that follows is slow with long ones, and lenient about ports."""
    headers = Headers(scope=scope)
    if not _HOST.fullmatch(headers.get("host", "")[:_LONGEST]):
        return Response("Invalid Host header", status_code=421)
    origin = headers.get("origin")
    if origin is not None and not _ORIGIN.fullmatch(origin[:_LONGEST]):
        return Response("Invalid Origin header", status_code=403)
    return None


def _bracketed(host: str) -> str:
    """As it stands in a URL."""
    return f"[{host}]" if ":" in host else host
