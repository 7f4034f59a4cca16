"""One thread that works on a SQLite file in transactions, so that nobody waits for a disk on the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from dm_mcp.errors import StoreFailed
from dm_mcp.runs.sqlite.migrations import migrate

__all__ = ["FILE", "DatabaseThread"]

FILE = ".dm/runs.db"
"""The file as messages name it."""

_BUSY_SECONDS = 5.0
_BUSY_PAUSE = 0.01

_Args = ParamSpec("_Args")
_Returned = TypeVar("_Returned")


class DatabaseThread:
    """A connection to ``path``, opened at first use and again after a failure, and the thread that it belongs to."""

    def __init__(self, path: Callable[[], Path], *, begin: str) -> None:
        self._path = path
        self._begin = begin
        self._pool: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    async def do(
        self,
        work: Callable[Concatenate[sqlite3.Connection, _Args], _Returned],
        *args: _Args.args,
        **kwargs: _Args.kwargs,
    ) -> _Returned:
        """Let the thread do ``work`` in one transaction: all of it or nothing. Raises `StoreFailed`."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: self._do(work, *args, **kwargs))

    async def close(self) -> None:
        """Close the connection and end the thread; the next `do` begins anew."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.get_running_loop().run_in_executor(pool, self._close)
            pool.shutdown(wait=False)

    def _do(
        self,
        work: Callable[Concatenate[sqlite3.Connection, _Args], _Returned],
        *args: _Args.args,
        **kwargs: _Args.kwargs,
    ) -> _Returned:
        try:
            if self._connection is None:
                self._connection = _open(self._path())
            self._connection.execute(self._begin)
            try:
                result = work(self._connection, *args, **kwargs)
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            self._close()  # a file that was replaced or mended is found at the next try
            raise _failure(error) from error
        return result

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        path.chmod(0o600)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect on a new file only
        _set_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait by itself for another server that does so at the same moment."""
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > end:
                raise
            time.sleep(_BUSY_PAUSE)
        else:
            return


def _failure(error: sqlite3.Error) -> StoreFailed:
    """The error with what to do about it."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")):  # the last: tables that are not ours
        hint = "Move runs.db, runs.db-wal and runs.db-shm away to begin a new history, or bring back a copy."
        return StoreFailed(f"The history is damaged: {error}.", hint=hint, file=FILE)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        hint = "Make room on the disk."
    elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        hint = "Let dm-mcp write to the folder .dm of the workspace."
    else:
        hint = "Try again; if it stays so, look for a process that holds the file."
    return StoreFailed(f"The history can't be used: {error}.", hint=hint, file=FILE)
