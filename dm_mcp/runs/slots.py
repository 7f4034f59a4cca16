"""So many runs at once in the workspace, whichever server they belong to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from dm_mcp.errors import WorkspaceError
from dm_mcp.locks import make_lock, open_lock, try_lock

__all__ = ["Slots"]

_POLL = 0.05  # seconds between two looks while runs of other servers hold all slots: a lock file can't wake anybody


class Slots:
    """Places for runs, each a lock file in ``folder``. Within a server, whoever came first goes first."""

    def __init__(self, folder: Callable[[], Path], count: Callable[[], int]) -> None:
        """``count`` is asked at each look: how many there are may change."""
        self._folder = folder
        self._count = count
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Wait for a place and hold it. Raises `WorkspaceError` when the lock files can't be made."""
        async with self._turn:  # one of us looks at a time: else the one whose look comes first would be the first
            while (lock := self._take()) is None:
                self._freed.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL):
                        await self._freed.wait()
        try:
            yield
        finally:
            os.close(lock)
            self._freed.set()

    def _take(self) -> int | None:
        try:
            folder = self._folder()
            folder.mkdir(mode=0o700, exist_ok=True)
            for number in range(self._count()):
                path = folder / f"{number}.lock"
                make_lock(path)
                lock = open_lock(path)
                if try_lock(lock):
                    return lock
                os.close(lock)
        except OSError as error:
            raise WorkspaceError(
                f"A place for the run can't be taken: {error.strerror}.",
                hint="Let dm-mcp write there, and make room on the disk.",
                file=".dm/slots",
            ) from error
        return None
