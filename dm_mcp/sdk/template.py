"""``dm.template(...)``: a template resolved once and used often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.compiled import CompiledTemplate
from dm_mcp.generation.rows import Rows, RowStream
from dm_mcp.sdk.session import Session

__all__ = ["Template"]


class Template:
    """A named list of typed fields that makes rows."""

    def __init__(self, session: Session, compiled: CompiledTemplate) -> None:
        self._session = session
        self._compiled = compiled

    @property
    def id(self) -> str:
        """The template's id."""
        return self._compiled.template.id

    @property
    def name(self) -> str:
        """The template's name."""
        return self._compiled.template.name

    def generate(self, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None) -> Rows:
        """``count`` rows as a list of dictionaries.

        ``overrides`` replaces fields by name: a constant, ``dm.pick_from(...)`` or ``dm.callable(...)``. Without
        ``seed`` the run's own is used, so that the same run makes the same rows again. Raises `OverrideError` and
        `InvalidRequest`.
        """
        return Rows(self._blocks(count, overrides, seed), self._compiled.schema)

    def stream(self, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None) -> RowStream:
        """The same rows, made as they are asked for and never held all at once: for large counts.

        Give it to ``insert`` as it is, which is the fastest way to load a table, or loop over it. It can be used once.
        """
        return RowStream(self._blocks(count, overrides, seed), self._compiled.schema)

    def _blocks(self, count: int, overrides: Mapping[str, Any] | None, seed: int | None) -> Any:
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:  # pyright: ignore[reportUnnecessaryIsInstance] - scripts are not type-checked
            raise InvalidRequest(f"count is {count!r}.", hint="Give a whole number of rows, 0 or more.")
        chosen = self._session.seed_for(self.id) if seed is None else seed
        return self._compiled.blocks(count, chosen, overrides)
