"""Sessions on the server under test."""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from dm_mcp.connections.embedded import EmbeddedPostgres

asyncpg: Any = importlib.import_module("asyncpg")  # a name without types: it ships none


@asynccontextmanager
async def session(postgres: EmbeddedPostgres, **changes: str) -> AsyncGenerator[Any]:
    """An asyncpg connection with the login of `postgres`, some of it changed."""
    connection = await asyncpg.connect(**(asdict(postgres.login()) | changes))
    try:
        yield connection
    finally:
        await connection.close()


async def query(postgres: EmbeddedPostgres, *statements: str) -> Any:
    """Run the statements in one session; the last one's value."""
    async with session(postgres) as connection:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
