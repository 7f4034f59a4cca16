"""One thread that works on a SQLite file in transactions, so that nobody waits for a disk on the event loop."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from dm_mcp.errors import StoreFailed, WorkspaceError
from dm_mcp.locks import make_lock, open_lock, wait_lock
from dm_mcp.runs.sqlite.migrations import known_version, migrate

__all__ = ["FILE", "DatabaseThread"]

FILE = ".dm/runs.db"
"""The file as messages name it."""

_WAL_SIZE = 4 * 1024 * 1024
"""Bytes to which a WAL that grew longer is cut when it begins anew."""
_BUSY_SECONDS = 30.0  # a server that is stopped, or a person's own transaction, may hold the lock that long
_BUSY_PAUSE = 0.01
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_Args = ParamSpec("_Args")
_Returned = TypeVar("_Returned")


class DatabaseThread:
    """A connection to ``path``, opened at first use and again after a failure, and the thread that it belongs to."""

    def __init__(self, path: Callable[[], Path], *, begin: str) -> None:
        self._path = path
        self._begin = begin
        self._pool: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        """Which file the connection is to: what is written to one that was removed would be lost without a word."""

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
            connection = self._connected()
            connection.execute(self._begin)
            try:
                result = work(connection, *args, **kwargs)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError, WorkspaceError) as error:
            self._close()  # a file that was replaced or mended is found at the next try
            raise _failure(error) from error
        return result

    def _connected(self) -> sqlite3.Connection:
        path = self._path()
        if self._connection is not None and _identity(path) == self._file:
            return self._connection
        self._close()
        self._connection = _open(path)
        self._file = _identity(path)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of the file; None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _make(path: Path) -> None:
    """Make an empty file for us only, which is an empty database to SQLite.

    What is left of one that was removed must go first: SQLite would take its WAL for the new one's. Under a lock, or
    two servers that do so at once would remove each other's.
    """
    guard = path.with_name(f"{path.name}-new")
    make_lock(guard)
    lock = open_lock(guard)
    try:
        wait_lock(lock)
        if not path.exists():
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            path.touch(0o600)
    finally:
        os.close(lock)


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        _make(path)
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        known_version(connection)  # before anything is changed
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect on a new file only
        _set_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_SIZE}")
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


def _failure(error: sqlite3.Error | OSError | WorkspaceError) -> StoreFailed:
    """The error with what to do about it."""
    if isinstance(error, WorkspaceError):
        return StoreFailed(f"The history can't be used: {error.message}", hint=error.hint, file=FILE)
    name = getattr(error, "sqlite_errorname", "")
    if isinstance(error, OSError):
        name = "SQLITE_FULL" if error.errno in _NO_ROOM else "SQLITE_CANTOPEN"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")):  # the last: tables that are not ours
        hint = "Move runs.db, runs.db-wal and runs.db-shm away to begin a new history, or bring back a copy."
        return StoreFailed(f"The history is damaged: {error}.", hint=hint, file=FILE)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        hint = "Make room on the disk."
    elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        hint = "Let dm-mcp write to the folder .dm of the workspace."
    else:
        hint = "Try again; if it stays so, look for a process that holds the file."
    return StoreFailed(f"The history can't be used: {_reason(error)}.", hint=hint, file=FILE)


def _reason(error: sqlite3.Error | OSError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
