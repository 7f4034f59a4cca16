"""The kinds of connections, by the name that ``dm.toml`` gives them."""

from __future__ import annotations

from importlib import import_module

from dm_mcp.connections.base import Connection

__all__ = ["KINDS", "load_kind"]

KINDS = {"postgres": "dm_mcp.connections.postgres.connection:PostgresConnection"}
"""Where each kind is, "module:class": a kind is imported, with its libraries, when a run first needs it."""


def load_kind(kind: str) -> type[Connection]:
    """The class of a kind. Raises KeyError for one that is not in `KINDS`."""
    module, _, name = KINDS[kind].partition(":")
    return getattr(import_module(module), name)
