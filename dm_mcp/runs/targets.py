"""The workspace's connections, opened at first use and shared by its runs."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dm_mcp.connections.base import Connection, ConnectionSettings
from dm_mcp.connections.registry import KINDS, load_kind
from dm_mcp.errors import WorkspaceError
from dm_mcp.workspace.config import ConnectionConfig
from dm_mcp.workspace.workspace import Workspace

__all__ = ["Targets"]


class Targets:
    """Connections by id. One whose entry in ``dm.toml`` has changed is opened anew for the next run."""

    def __init__(self, workspace: Workspace, environ: Mapping[str, str] = os.environ) -> None:
        self._workspace = workspace
        self._environ = environ
        self._open: dict[ConnectionSettings, Connection] = {}

    def get(self, connection_id: str) -> Connection:
        """The connection of that id, which ``dm.toml`` defines. Raises `WorkspaceError` when it does so badly."""
        config = self._workspace.config.connections[connection_id]
        if config.kind not in KINDS:
            raise WorkspaceError(
                f"There is no kind of connection {config.kind!r}.",
                hint=f"Kinds: {', '.join(KINDS)}.",
                file="dm.toml",
                connection=connection_id,
            )
        settings = self._settings(connection_id, config)
        if settings not in self._open:
            self._open[settings] = load_kind(config.kind).from_settings(settings)
        return self._open[settings]

    async def close(self) -> None:
        """Close all that are open."""
        while self._open:
            _, connection = self._open.popitem()
            await connection.close()

    def _settings(self, connection_id: str, config: ConnectionConfig) -> ConnectionSettings:
        return ConnectionSettings(
            id=connection_id,
            dsn=None if config.embedded else config.resolve_dsn(self._environ),
            state=self._workspace.state,
            create_tables=config.create_tables,
        )
