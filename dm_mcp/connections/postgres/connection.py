"""A PostgreSQL connection: a pool that opens at first use, statements, and loads."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, cast

import asyncpg

from dm_mcp.connections.base import ConnectionSettings, LoadRequest
from dm_mcp.connections.embedded.server import EmbeddedPostgres
from dm_mcp.connections.postgres.errors import translated
from dm_mcp.connections.postgres.load import PostgresLoad
from dm_mcp.connections.postgres.table import find_or_create
from dm_mcp.errors import ConnectionFailed, TargetError
from dm_mcp.protocol import MAX_BODY

__all__ = ["PostgresConnection"]

if TYPE_CHECKING:
    Database = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

_POOL_SIZE = 12
"""Sessions at the most: each of the runs at once may load rows while it also queries."""
_CONNECT_SECONDS = 10.0
_CLOSE_SECONDS = 5.0
_PATIENCE_SECONDS = 0.3
_FETCH_ROWS = 500
_FORGET = "reset session authorization; reset role; discard temp; discard sequences;"
_COPY = re.compile(r"\bcopy\b[^;]*\b(from\s+stdin|to\s+stdout)\b", re.IGNORECASE)
_LOST = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)


class PostgresConnection:
    """A database reached by a DSN, or the workspace's embedded one, which is started when it is first needed."""

    kind: ClassVar[str] = "postgres"

    def __init__(self, settings: ConnectionSettings) -> None:
        self.id = settings.id
        self._settings = settings
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._embedded: EmbeddedPostgres | None = None

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> PostgresConnection:
        """Make a connection without reaching out yet."""
        return cls(settings)

    async def verify(self) -> str:
        """Reach the server and give its name and version. Raises `ConnectionFailed`."""
        with translated(self.id):
            async with self._session() as database:
                version = database.get_server_version()
        return f"PostgreSQL {version.major}.{version.minor}"

    async def execute(self, sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
        """Run one statement, or several without parameters. Raises `TargetError` and its kinds."""
        with translated(self.id):
            async with self._session() as database:
                rows = await _run(database, sql, [_parameter(p) for p in params])
                if database.is_in_transaction():
                    raise TargetError(
                        "The statement leaves a transaction open, which would be lost: it was rolled back.",
                        hint="Send BEGIN, the statements and COMMIT in one execute().",
                        connection=self.id,
                    )
                return rows

    @asynccontextmanager
    async def load(self, request: LoadRequest) -> AsyncGenerator[PostgresLoad, None]:
        """Begin one transaction that takes the rows of ``request``."""
        sensitive = tuple(column.name for column in request.columns if column.sensitive)
        with translated(self.id, request.table, sensitive):
            async with self._session() as database, self._impatience(database) as lose_patience, database.transaction():
                table = await find_or_create(database, request, self.id, may_create=self._settings.create_tables)
                try:
                    yield PostgresLoad(database, table, request)
                except BaseException:
                    lose_patience.set()
                    raise

    async def close(self) -> None:
        """Close the pool, and leave the embedded server, which stops when nobody else uses it."""
        async with self._opening:
            if self._pool is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_CLOSE_SECONDS):
                        await self._pool.close()
            await self._drop()

    @asynccontextmanager
    async def _session(self) -> AsyncGenerator[Database, None]:
        """One session of the pool. It is reset before the next one gets it, as asyncpg does on release."""
        pool = await self._open()
        try:
            database = await pool.acquire(timeout=_CONNECT_SECONDS)
        except TimeoutError:  # also an OSError, but no sign of a crash
            raise ConnectionFailed(
                f"No session of the database was free, or answered, within {_CONNECT_SECONDS:g} s.",
                hint=f"At most {_POOL_SIZE} statements and loads go on at once: do less at once.",
                connection=self.id,
            ) from None
        except _LOST:
            if self._embedded is None:
                raise
            async with self._opening:  # the embedded server has crashed: start it again, once
                await self._drop()
            pool = await self._open()
            database = await pool.acquire(timeout=_CONNECT_SECONDS)
        try:
            yield database
        finally:
            await pool.release(database)

    @asynccontextmanager
    async def _impatience(self, database: Database) -> AsyncGenerator[asyncio.Event, None]:
        """Once the event is set, leaving takes a moment at the most: a statement that waits for a lock is cancelled.

        A COPY that waits for a lock does not read, and so does not hear that its rows were given up.
        """
        given_up = asyncio.Event()
        process = database.get_server_pid()

        async def watch() -> None:
            await given_up.wait()
            await asyncio.sleep(_PATIENCE_SECONDS)
            async with self._session() as other:
                await other.execute("select pg_cancel_backend($1)", process)

        watching = asyncio.create_task(watch())
        try:
            yield given_up
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _open(self) -> asyncpg.Pool[asyncpg.Record]:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    min_size=0,
                    max_size=_POOL_SIZE,
                    timeout=_CONNECT_SECONDS,
                    reset=_reset,
                    server_settings={"application_name": "dm-mcp"},
                    **await self._login(),
                )
            return self._pool

    async def _login(self) -> Mapping[str, Any]:
        if self._settings.dsn is not None:
            return {"dsn": self._settings.dsn}
        self._embedded = await asyncio.to_thread(EmbeddedPostgres, self._settings.state)
        return asdict(self._embedded.login())

    async def _drop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()
        embedded, self._embedded = self._embedded, None
        if embedded is not None:
            await asyncio.to_thread(embedded.close)


async def _reset(database: asyncpg.Connection[asyncpg.Record]) -> None:
    """Leave nothing of one run in a session for the next: settings, role, temporary tables, sequences' last values."""
    await database.execute(f"{database.get_reset_query()}\n{_FORGET}")


async def _fetch(database: Database, statement: Any, params: list[Any]) -> list[asyncpg.Record]:
    """The rows, as long as they fit into one reply. Raises `TargetError` before the rest of them is fetched."""
    records: list[asyncpg.Record] = []
    size = 0
    async with database.transaction():
        cursor = await statement.cursor(*params)
        while batch := await cursor.fetch(_FETCH_ROWS):
            records += batch
            size += sum(len(str(value)) for record in batch for value in record.values())
            if size > MAX_BODY:
                raise TargetError(
                    f"The rows take more than {MAX_BODY} bytes.", hint="Select fewer rows or columns, or aggregate."
                )
    return records


async def _run(database: Database, sql: str, params: list[Any]) -> list[dict[str, Any]]:
    if _COPY.search(sql):
        raise TargetError("COPY has no data here.", hint="Load rows by insert(), read them by SELECT.")
    try:
        statement = await database.prepare(sql)
    except asyncpg.PostgresSyntaxError as error:
        if params or "multiple commands" not in str(error):
            raise
        await database.execute(sql)  # a script: several statements, no rows
        return []
    if not statement.get_attributes():
        await statement.fetch(*params)
        return []
    records = await _fetch(database, statement, params)
    readers = {a.name: _READERS[a.type.name] for a in statement.get_attributes() if a.type.name in _READERS}
    return [{name: _value(value, readers.get(name)) for name, value in record.items()} for record in records]


_READERS = {"json": json.loads, "jsonb": json.loads}


def _value(value: Any, read: Any) -> Any:
    if value is not None and read is not None:
        return read(value)
    return value if isinstance(value, _PLAIN) else _plain(value)


_PLAIN = (type(None), bool, int, float, str, bytes)


def _plain(value: Any) -> Any:
    """What has no form of its own in a script (an address, a range, a point) becomes its text."""
    if isinstance(value, (dt.date, dt.time, dt.timedelta, decimal.Decimal)):
        return value
    if isinstance(value, asyncpg.Range):
        return _range_text(cast("asyncpg.Range[Any]", value))
    if isinstance(value, asyncpg.Record):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [item if isinstance(item, _PLAIN) else _plain(item) for item in cast("list[Any]", value)]
    return str(value)


def _range_text(value: asyncpg.Range[Any]) -> str:
    """A range as PostgreSQL writes it: ``[1,5)``."""
    if value.isempty:
        return "empty"
    lower, upper = ("" if bound is None else str(bound) for bound in (value.lower, value.upper))
    return f"{'[' if value.lower_inc else '('}{lower},{upper}{']' if value.upper_inc else ')'}"


def _parameter(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value
