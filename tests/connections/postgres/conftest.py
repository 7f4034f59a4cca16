"""A connection of ours to the test's database, and a short way to load rows through it."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dm_mcp.connections.base import ConnectionSettings, LoadRequest, Stored
from dm_mcp.connections.postgres.connection import PostgresConnection
from dm_mcp.generation.render.copy import CopyEncoder
from dm_mcp.generation.rows import RowSource
from dm_mcp.protocol import OnConflict
from tests.conftest import Database

Insert = Callable[..., Coroutine[Any, Any, Stored]]


def settings(database: Database, *, create_tables: bool = True) -> ConnectionSettings:
    return ConnectionSettings("conn_test", database.dsn, Path("/nowhere"), create_tables)


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[PostgresConnection]:
    connection = PostgresConnection(settings(database))
    yield connection
    await connection.close()


@pytest.fixture
def insert(connection: PostgresConnection) -> Insert:
    """Load rows as a run does: rendered for the targets that the connection names."""

    async def insert(
        table: str,
        rows: Iterable[Mapping[str, Any]],
        on_conflict: OnConflict = "error",
        key: tuple[str, ...] = (),
        through: PostgresConnection = connection,
    ) -> Stored:
        source = RowSource(rows)
        async with through.load(LoadRequest(table, source.schema, on_conflict, key)) as load:
            encoder = CopyEncoder(load.targets, table)

            async def chunks() -> AsyncIterator[bytes]:
                first_row = 1
                for block in source:
                    yield bytes(encoder.encode(block, first_row))
                    first_row += block.rows

            return await load.store(chunks())

    return insert
