"""What happens to this server's runs: stored in batches by one writer, and seen only after that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dm_mcp.errors import StoreFailed
from dm_mcp.runs.run import Change, Run
from dm_mcp.runs.store import Store

__all__ = ["Journal"]

_PAUSE = 0.25  # seconds before what could not be stored is tried again


class Journal:
    """Collects changes while the batch before them is being stored; so a batch waits no longer than one takes.

    When a batch can't be stored, ``on_failure`` is told once, all changes are kept and tried again, and an end is let
    be seen all the same: whoever waits for the run must hear of it.
    """

    def __init__(self, store: Store, on_failure: Callable[[StoreFailed], None]) -> None:
        self._store = store
        self._on_failure = on_failure
        self._waiting: dict[str, tuple[Run, Change]] = {}
        self._writing: asyncio.Task[None] | None = None
        self._failed = False
        self._closing = False

    def change(self, run: Run) -> Change:
        """The change of ``run`` that is going to be stored next, to be added to at once."""
        if run.id not in self._waiting:
            self._waiting[run.id] = (run, Change())
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="journal")
        return self._waiting[run.id][1]

    async def close(self) -> None:
        """Store what waits. What can't be stored now is lost: its runs have no end for whoever reads them next."""
        self._closing = True
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, {}
                try:
                    await self._store.save([(run.id, change) for run, change in batch.values()])
                except StoreFailed as error:
                    self._keep(batch)
                    self._fail(error)
                    if self._closing:
                        return
                    await asyncio.sleep(_PAUSE)
                    continue
                self._failed = False
                for run, change in batch.values():
                    run.apply(change)
        finally:
            self._writing = None

    def _fail(self, error: StoreFailed) -> None:
        if not self._failed:
            self._failed = True
            self._on_failure(error)
        for run, change in self._waiting.values():
            if change.end is not None:
                run.apply(Change(end=change.end))

    def _keep(self, batch: dict[str, tuple[Run, Change]]) -> None:
        """Put a batch back before what has come since."""
        for run_id, (run, change) in batch.items():
            if run_id in self._waiting:
                change.add(self._waiting[run_id][1])
            self._waiting[run_id] = (run, change)
