"""The folder that a user owns: ``dm.toml``, scenarios with their headers, templates. It is read, never run."""

from dm_mcp.workspace.config import ConnectionConfig, LimitsConfig, WorkspaceConfig
from dm_mcp.workspace.header import Header, Param
from dm_mcp.workspace.params import coerce_params, validate_params
from dm_mcp.workspace.phrases import find_scenario
from dm_mcp.workspace.scenarios import Scenario
from dm_mcp.workspace.templates import TemplateEntry
from dm_mcp.workspace.workspace import Workspace, find_workspace

__all__ = [
    "ConnectionConfig",
    "Header",
    "LimitsConfig",
    "Param",
    "Scenario",
    "TemplateEntry",
    "Workspace",
    "WorkspaceConfig",
    "coerce_params",
    "find_scenario",
    "find_workspace",
    "validate_params",
]
