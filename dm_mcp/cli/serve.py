"""``dm-mcp serve``: the tools of a workspace for an MCP client."""

from __future__ import annotations

import argparse

from dm_mcp.cli.arguments import Commands, open_workspace
from dm_mcp.cli.exit_status import ExitStatus

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    commands.add("serve", _serve, "serve the workspace's tools to an MCP client on standard input and output")


async def _serve(args: argparse.Namespace) -> int:
    from dm_mcp.server.stdio import serve_stdio

    await serve_stdio(open_workspace(args))
    return ExitStatus.WELL
