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
    """A named list of typed fields that makes rows. Given by ``dm.template(name_or_id)``."""

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
        """``count`` rows as a list of dictionaries, with the template's fields as keys, in its order.

        ``count`` is a whole number, 0 or more. ``overrides`` replaces fields by name: a constant, ``dm.pick_from(...)``
        or ``dm.callable(...)``. A uuid is a str, an amount a Decimal, a datetime has a time zone, a missing optional
        value is None.

        Without ``seed`` the rows follow from the run's seed: the first call for a template makes the rows that
        ``dm-mcp generate`` shows for it, a second call makes other ones, and the same run makes all of them again.
        With a ``seed`` they follow from that one alone.

        The list is an ordinary list: change, filter or slice it. All rows are held in memory, 1 to 2 KiB each; use
        `stream` for large counts. Raises `OverrideError` for an override that names no field, `InvalidRequest` for a
        wrong count or seed, and `GenerationError` for a value that can't be made::

            order = dm.template("tmpl_order")
            orders = order.generate(50, overrides={"status": "paid"}, seed=7)
            dm.result(sum(row["amount"] for row in orders))
        """
        return Rows(self._blocks(count, overrides, seed), self._compiled.schema)

    def stream(self, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None) -> RowStream:
        """The same rows, made as they are asked for and never held all at once: for large counts.

        Give it to ``insert`` as it is, which is the fastest way to load a table, or loop over it. It can be read once.
        Arguments and errors are those of `generate`; an error in a value comes up when its row is made::

            customer = dm.template("tmpl_customer")
            dm.connection("conn_postgres").insert("customers", customer.stream(20_000))
        """
        return RowStream(self._blocks(count, overrides, seed), self._compiled.schema)

    def _blocks(self, count: int, overrides: Mapping[str, Any] | None, seed: int | None) -> Any:
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:  # pyright: ignore[reportUnnecessaryIsInstance] - scripts are not type-checked
            raise InvalidRequest(f"count is {count!r}.", hint="Give a whole number of rows, 0 or more.")
        chosen = self._session.seed_for(self.id) if seed is None else seed
        return self._compiled.blocks(count, chosen, overrides)
