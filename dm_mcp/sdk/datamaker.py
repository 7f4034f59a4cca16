"""`DataMaker`: what a scenario imports. Its twin for asyncio is `AsyncDataMaker`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dm_mcp.generation.rows import Rows
from dm_mcp.sdk.base import BaseDataMaker
from dm_mcp.sdk.connection import Connection, connect
from dm_mcp.sdk.template import Template

__all__ = ["DataMaker"]


class DataMaker(BaseDataMaker):
    """The run's tools: generate rows, reach connections, log, report progress. Needs no arguments."""

    def generate(
        self, template_id: str, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None
    ) -> Rows:
        """``count`` rows of a template, as a list of dictionaries: ``dm.generate("tmpl_customer", 100)``.

        ``template_id`` is a template's id or name. ``overrides`` replaces fields by name: a constant,
        ``dm.pick_from(...)`` or ``dm.callable(...)``. Raises `TemplateNotFound`, `TemplateError`, `OverrideError` and
        `InvalidRequest`.
        """
        return self.template(template_id).generate(count, overrides, seed)

    def template(self, name_or_id: str) -> Template:
        """A template, resolved once: ``orders = dm.template("tmpl_order")``. Raises `TemplateNotFound`."""
        return Template(self._session, self._session.template(name_or_id))

    def connection(self, name_or_id: str) -> Connection:
        """A connection in the run's scope: ``dm.connection("conn_postgres")``. Raises `OutOfScope`."""
        return connect(self._session, name_or_id)
