"""The store as a SQLite file in WAL mode, shared by all servers of the workspace.

WAL with ``synchronous = NORMAL`` keeps all that was committed when processes are killed, and the file whole when the
power fails; then the last moments may be lost (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dm_mcp.runs.run import Change, LogLine, Run, Status
from dm_mcp.runs.sqlite import statements
from dm_mcp.runs.sqlite.thread import DatabaseThread
from dm_mcp.runs.store import LEVELS, Page, Retention

__all__ = ["SqliteStore"]


class SqliteStore:
    """See `Store`. One thread writes and one reads, each with its own connection, opened at first use."""

    def __init__(self, path: Callable[[], Path]) -> None:
        self._writer = DatabaseThread(path, begin="BEGIN IMMEDIATE")
        self._reader = DatabaseThread(path, begin="BEGIN")

    async def add(self, run: Run, *, max_unfinished: int, key: str | None = None, request: str = "") -> Run:
        """Keep a new run, or give the one that has its key; see `Store.add`."""
        known = await self._writer.do(statements.add, run, max_unfinished, key, request)
        return run if known is None else await self.get(known, tail=0)

    async def save(self, changes: Sequence[tuple[str, Change]]) -> None:
        """Store changes of runs; see `Store.save`."""
        await self._writer.do(statements.save, changes)

    async def get(self, run_id: str, *, tail: int) -> Run:
        """The run with the end of its log; see `Store.get`."""
        return await self._reader.do(statements.get, run_id, tail)

    async def find(
        self, *, scenario: str | None = None, status: Status | None = None, limit: int, cursor: int | None = None
    ) -> Page:
        """Runs, the latest first; see `Store.find`."""
        return await self._reader.do(statements.find, scenario, status, limit, cursor)

    async def lines(self, run_id: str, *, after: int, limit: int, levels: Sequence[str] = LEVELS) -> list[LogLine]:
        """Lines of a run's log; see `Store.lines`."""
        return await self._reader.do(statements.lines, run_id, after, limit, levels)

    async def owners(self) -> set[str]:
        """The servers of runs that have not ended."""
        return await self._reader.do(statements.owners)

    async def interrupt(self, owners: Iterable[str]) -> None:
        """End the runs of servers that are gone."""
        await self._writer.do(statements.interrupt, list(owners))

    async def trim(self, retention: Retention) -> None:
        """Let go of what is too old or too much; see `Store.trim`."""
        while await self._writer.do(statements.trim, retention):
            pass
        while await self._writer.do(statements.shrink):
            pass

    async def close(self) -> None:
        """Close both connections; the last one of all servers folds the WAL into the file."""
        await self._reader.close()
        await self._writer.close()
