"""`AsyncDataMaker`, the twin of `DataMaker` for ``async def main(dm)``.

Rows are made and sent in threads, so that a script may generate, load and wait for something else at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dm_mcp.generation.related import Per, generate_related
from dm_mcp.generation.rows import Rows, RowStream
from dm_mcp.protocol import OnConflict
from dm_mcp.sdk.base import BaseDataMaker
from dm_mcp.sdk.connection import BATCH, Connection, InsertResult, connect
from dm_mcp.sdk.session import TemplateLike
from dm_mcp.sdk.template import Template

__all__ = ["AsyncConnection", "AsyncDataMaker", "AsyncTemplate"]


class AsyncDataMaker(BaseDataMaker):
    """The twin of `DataMaker` that an ``async def main(dm)`` is given: ``await`` what takes time.

    ``generate``, ``template``, ``connection`` and the methods of what these give are awaited, ``stream`` is not; what
    is not listed here is as in `DataMaker`. Several calls may go on at once::

        import asyncio

        from datamaker import AsyncDataMaker


        async def main(dm: AsyncDataMaker):
            shop = await dm.connection("conn_postgres")
            customer = await dm.template("tmpl_customer")
            stored = await asyncio.gather(
                shop.insert("north", customer.stream(100, seed=1), on_conflict="update"),
                shop.insert("south", customer.stream(100, seed=2), on_conflict="update"),
            )
            return {"rows": sum(result.inserted + result.updated for result in stored)}
    """

    async def generate(
        self, template_id: TemplateLike, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None
    ) -> Rows:
        """As `DataMaker.generate`."""
        template = await self.template(template_id)
        return await template.generate(count, overrides, seed)

    async def generate_set(
        self,
        plan: Mapping[str, int | Per],
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        seed: int | None = None,
    ) -> dict[str, Rows]:
        """As `DataMaker.generate_set`."""
        chosen = self._session.seeds(seed)
        return await asyncio.to_thread(generate_related, plan, self._compiled, chosen, overrides)

    async def template(self, name_or_id: TemplateLike) -> AsyncTemplate:
        """As `DataMaker.template`."""
        compiled = await asyncio.to_thread(self._compiled, name_or_id)
        return AsyncTemplate(Template(self._session, compiled))

    async def connection(self, name_or_id: str) -> AsyncConnection:
        """As `DataMaker.connection`."""
        return AsyncConnection(await asyncio.to_thread(connect, self._session, name_or_id))


class AsyncTemplate:
    """The twin of `Template`."""

    def __init__(self, template: Template) -> None:
        self._template = template

    @property
    def id(self) -> str:
        """The template's id."""
        return self._template.id

    @property
    def name(self) -> str:
        """The template's name."""
        return self._template.name

    async def generate(self, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None) -> Rows:
        """As `Template.generate`."""
        return await asyncio.to_thread(self._template.generate, count, overrides, seed)

    def stream(self, count: int, overrides: Mapping[str, Any] | None = None, seed: int | None = None) -> RowStream:
        """As `Template.stream`: lazy, so there is nothing to wait for."""
        return self._template.stream(count, overrides, seed)


class AsyncConnection:
    """The twin of `Connection`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def id(self) -> str:
        """The connection's id."""
        return self._connection.id

    @property
    def kind(self) -> str:
        """The connection's kind, such as ``postgres``."""
        return self._connection.kind

    async def insert(
        self,
        table: str,
        rows: Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]],
        on_conflict: OnConflict | None = None,
        key: str | Sequence[str] | None = None,
    ) -> InsertResult:
        """As `Connection.insert`; ``rows`` may be an async generator too."""
        source = _from_async(rows, asyncio.get_running_loop()) if isinstance(rows, AsyncIterable) else rows
        return await asyncio.to_thread(self._connection.insert, table, source, on_conflict, key)

    async def insert_one(self, table: str, row: Mapping[str, Any]) -> None:
        """As `Connection.insert_one`."""
        await asyncio.to_thread(self._connection.insert_one, table, row)

    async def execute(self, sql: str, params: Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """As `Connection.execute`."""
        return await asyncio.to_thread(self._connection.execute, sql, params)


def _from_async(rows: AsyncIterable[Mapping[str, Any]], loop: asyncio.AbstractEventLoop) -> Iterator[Mapping[str, Any]]:
    """The rows of an async generator, for the thread that sends them; fetched in batches, to hop threads seldom."""
    iterator = aiter(rows)
    while batch := asyncio.run_coroutine_threadsafe(_take(iterator), loop).result():
        yield from batch


async def _take(iterator: AsyncIterator[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    batch: list[Mapping[str, Any]] = []
    async for row in iterator:
        batch.append(row)
        if len(batch) == BATCH:
            break
    return batch
