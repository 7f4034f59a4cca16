"""The packages that only some formats need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dm_mcp.errors import MissingPackage

__all__ = ["extra_module"]


def extra_module(module: str, extra: str) -> Any:
    """A module of an extra of dm-mcp, as Any: such packages have no types. Raises MissingPackage."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise MissingPackage(
            f"The format {extra} needs the package {error.name}, which is not installed.",
            hint=f"Install it where dm-mcp runs: pip install 'dm-mcp[{extra}]'.",
        ) from None
