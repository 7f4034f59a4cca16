"""The store as a SQLite file."""

from dm_mcp.runs.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
