"""``dm-mcp serve``: the tools of a workspace for MCP clients."""

from __future__ import annotations

import argparse

from dm_mcp.cli.arguments import Commands, open_workspace
from dm_mcp.cli.exit_status import ExitStatus
from dm_mcp.errors import InvalidRequest

__all__ = ["add"]

_HOST, _PORT = "127.0.0.1", 8000
_MAX_PORT = 65_535


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("serve", _serve, "serve the workspace's tools to MCP clients")
    parser.add_argument(
        "--transport",
        type=_transport,
        metavar="{stdio,http}",
        default="stdio",
        help="stdio: one client, on standard input and output (default); http: many, at /mcp and (SSE) /sse",
    )
    parser.add_argument("--host", metavar="ADDRESS", help=f"for http: the address to listen on (default: {_HOST})")
    parser.add_argument("--port", type=_port, metavar="N", help=f"for http: the port; 0 is any (default: {_PORT})")


async def _serve(args: argparse.Namespace) -> int:
    if args.transport == "http":
        from dm_mcp.server.http import serve_http

        port = _PORT if args.port is None else args.port
        await serve_http(open_workspace(args), host=args.host or _HOST, port=port)
        return ExitStatus.WELL
    if args.host is not None or args.port is not None:
        raise InvalidRequest("--host and --port are for HTTP.", hint="Add --transport http, or leave them out.")

    from dm_mcp.server.stdio import serve_stdio

    await serve_stdio(open_workspace(args))
    return ExitStatus.WELL


def _transport(text: str) -> str:
    if text == "sse":
        raise argparse.ArgumentTypeError("for SSE take http: it serves /sse beside /mcp")
    if text not in ("stdio", "http"):
        raise argparse.ArgumentTypeError(f"invalid choice: {text!r} (choose from stdio, http)")
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{port} is not a port: 0 to {_MAX_PORT}")
    return port
