"""The MCP server of a workspace, put together."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import MCPServer

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.generated import KeptRows
from dm_mcp.server.generate_tool import GenerateTool
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.server.run_tools import RunTools
from dm_mcp.server.workspace_tools import WorkspaceTools

__all__ = ["build_server"]


def build_server(engine: Engine) -> MCPServer[Any]:
    """An MCP server for the engine's workspace; the engine outlives it."""
    kept = KeptRows(lambda: engine.workspace.state)
    tools = [*WorkspaceTools(engine).tools, *RunTools(engine).tools, *GenerateTool(engine, kept).tools]
    return WorkspaceServer(engine, kept, tools)
