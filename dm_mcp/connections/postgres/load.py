"""Rows into one table, by binary COPY: straight, or by a temporary table where rows may be there already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from dm_mcp.connections.base import LoadRequest, Stored
from dm_mcp.connections.postgres.table import Table, quote
from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.render.copy import HEADER, TRAILER, CopyTarget

__all__ = ["PostgresLoad"]

_STAGE = "dm_load"  # visible to this session alone, gone with the transaction


class PostgresLoad:
    """One load, inside a transaction that somebody else begins and ends."""

    def __init__(self, database: Any, table: Table, request: LoadRequest) -> None:
        self._database = database
        self._table = table
        self._on_conflict = request.on_conflict
        self._key = request.key or table.primary_key
        if request.on_conflict == "update" and not self._key:
            raise InvalidRequest(
                'on_conflict="update" needs to know the key, and the table has no primary key.',
                hint='Name it: insert(..., on_conflict="update", key="id").',
                table=table.name,
            )

    @property
    def targets(self) -> tuple[CopyTarget, ...]:
        """The columns that the rows must be rendered for, in order."""
        return self._table.targets

    async def store(self, chunks: AsyncIterator[bytes]) -> Stored:
        """Take the rows, rendered as binary COPY without header and trailer, in chunks cut anywhere."""
        if self._on_conflict == "error":
            schema, name = self._table.schema_and_name
            return Stored(inserted=await self._copy(name, schema, chunks))
        columns = self._columns
        source = self._table.sql_name
        await self._database.execute(
            f"create temporary table {_STAGE} on commit drop as select {columns} from {source} with no data"  # noqa: S608 - every name is quoted
        )
        total = await self._copy(_STAGE, None, chunks)
        counts = await self._database.fetchrow(self._merge_statement())
        await self._database.execute(f"drop table {_STAGE}")
        return Stored(counts["inserted"], counts["updated"], total - counts["inserted"] - counts["updated"])

    @property
    def _columns(self) -> str:
        return ", ".join(quote(target.name) for target in self._table.targets)

    async def _copy(self, name: str, schema: str | None, chunks: AsyncIterator[bytes]) -> int:
        """COPY into a table; the count is the database's own."""
        status: str = await self._database.copy_to_table(
            name,
            schema_name=schema,
            source=_framed(chunks),
            columns=[target.name for target in self._table.targets],
            format="binary",
        )
        return int(status.removeprefix("COPY "))

    def _merge_statement(self) -> str:
        """Move the staged rows into the table and count them: xmax is 0 for a row version that replaced none."""
        columns = self._columns
        changed = [target.name for target in self._table.targets if target.name not in self._key]
        key = f"({', '.join(map(quote, self._key))})" if self._key else ""
        if self._on_conflict == "update" and changed:
            action = "do update set " + ", ".join(f"{quote(c)} = excluded.{quote(c)}" for c in changed)
        else:
            action = "do nothing"
        return f"""
            with merged as (
                insert into {self._table.sql_name} ({columns}) overriding system value
                select {columns} from {_STAGE} on conflict {key} {action} returning xmax = 0 as new
            )
            select count(*) filter (where new) as inserted, count(*) filter (where not new) as updated from merged
        """  # noqa: S608 - every name is quoted


async def _framed(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield HEADER
    async for chunk in chunks:
        yield chunk
    yield TRAILER
