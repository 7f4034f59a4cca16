"""``dm.params``: the run's parameters, and what is said of one that is not there."""

from __future__ import annotations

from typing import Any, NoReturn

from dm_mcp.errors import ParamsError
from dm_mcp.generation.registry import closest

__all__ = ["DeclaredParams", "UnknownParam"]


class UnknownParam(ParamsError, KeyError):
    """Raised when a script asks for a parameter that its header does not declare. A KeyError, as for any mapping."""


class DeclaredParams(dict[str, Any]):
    """The parameters by name, in the header's order."""

    def __missing__(self, name: object) -> NoReturn:
        raise UnknownParam(f"The run has no parameter {name!r:.80}.", hint=self._hint(name), param=f"{name!s:.60}")

    def _hint(self, name: object) -> str:
        declare = f"To have it, declare it in the header: [tool.dm.params.{name!s:.60}]."
        if not self:
            return f"The scenario's header declares no parameters. {declare}"
        return f"{closest(f'{name!s:.60}', list(self))} {declare}".strip()
