"""The kinds of connections, by the name that ``dm.toml`` gives them."""

from __future__ import annotations

from dm_mcp.connections.base import Connection
from dm_mcp.connections.postgres.connection import PostgresConnection

__all__ = ["KINDS"]

KINDS: dict[str, type[Connection]] = {kind.kind: kind for kind in (PostgresConnection,)}
