"""`DataMaker`: what a scenario imports. Its twin for asyncio is `AsyncDataMaker`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dm_mcp.generation.related import Per, generate_related
from dm_mcp.generation.rows import Rows
from dm_mcp.sdk.base import BaseDataMaker
from dm_mcp.sdk.connection import Connection, connect
from dm_mcp.sdk.session import TemplateLike
from dm_mcp.sdk.template import Template

__all__ = ["DataMaker"]


class DataMaker(BaseDataMaker):
    """The run's tools: generate rows, reach connections, log, report progress.

    ``DataMaker()`` needs no arguments: it finds the run that the script belongs to, and each one made in a script is
    the same run. A ``def main(dm)`` is given one. It may be used from several threads, not from a forked process.
    Outside of a run it raises `InvalidRequest`::

        from datamaker import DataMaker

        dm = DataMaker()
        customers = dm.generate("tmpl_customer", count=100)
        dm.connection("conn_postgres").insert("customers", customers)
    """

    def generate(
        self, template_id: TemplateLike, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None
    ) -> Rows:
        """``count`` rows of a template, as a list of dictionaries.

        ``template_id`` is a template's id or name, or what `template` takes in its place. Arguments, rows and errors
        are those of `Template.generate`; and it raises `TemplateNotFound` and `TemplateError`::

            customers = dm.generate("tmpl_customer", 100, overrides={"country": "Deutschland"})
            dm.log.info("the first is %s", customers[0]["email"])
        """
        return self.template(template_id).generate(count, overrides, seed)

    def generate_set(
        self,
        plan: Mapping[str, int | Per],
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        seed: int | None = None,
    ) -> dict[str, Rows]:
        """Rows of several templates that refer to each other, by template.

        ``plan`` says how many of each: a number, or `per` a row of another template of the plan; `per` is imported like
        `DataMaker`. A field of type ``reference`` takes its values from the rows that are made with it, and with `per`
        from the row that its own belongs to. ``overrides`` are those of each template; ``seed`` and rows are as in
        `Template.generate`.

        Raises `InvalidRequest` for a plan that can't be followed: a template that is not in it, a circle, rows per a
        template that no field refers to; and what `generate` raises::

            shop = dm.generate_set({"tmpl_customer": 100, "tmpl_order": per("tmpl_customer", 0, 10)})
            dm.connection("conn_postgres").insert("customers", shop["tmpl_customer"])
            dm.connection("conn_postgres").insert("orders", shop["tmpl_order"])
        """
        chosen = self._session.seeds(seed)
        return generate_related(plan, self._compiled, chosen, overrides)

    def template(self, name_or_id: TemplateLike) -> Template:
        """The template of that id, or else of that name; read once a run.

        In place of a name it takes a list of fields, a template as its file has it, a JSON Schema of an object, or a
        pydantic model: every row is then one that the schema or model admits.

        Raises `TemplateNotFound`, and `TemplateError` when its file is broken, two have that name, or a keyword of the
        schema can't be met, or is none::

            order = dm.template("tmpl_order")
            first, more = order.generate(10), order.generate(1000)
            people = dm.template([{"name": "id", "type": "uuid"}, {"name": "mail", "type": "email"}]).generate(5)
        """
        return Template(self._session, self._compiled(name_or_id))

    def connection(self, name_or_id: str) -> Connection:
        """The connection of that id or name, if it is in the run's scope.

        The scope is what the header lists as ``connections``; without a list, the names that the source passes to
        ``dm.connection`` as literal text. Raises `OutOfScope`, which says what to add to the header::

            shop = dm.connection("conn_postgres")
            [row] = shop.execute("select 1 as one")
        """
        return connect(self._session, name_or_id)
