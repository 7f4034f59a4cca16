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

    When a batch can't be stored, ``on_failure`` is told, all changes are kept and tried again, and an end is let be
    seen all the same: whoever waits for the run must hear of it.
    """

    def __init__(self, store: Store, on_failure: Callable[[StoreFailed], None]) -> None:
        self._store = store
        self._on_failure = on_failure
        self._waiting: dict[str, tuple[Run, Change]] = {}
        self._batch: dict[str, tuple[Run, Change]] = {}
        self._writing: asyncio.Task[None] | None = None
        self._closing = False

    def change(self, run: Run) -> Change:
        """The change of ``run`` that is going to be stored next, to be added to at once."""
        if run.id not in self._waiting:
            self._waiting[run.id] = (run, Change())
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="journal")
        return self._waiting[run.id][1]

    def has_all_of(self, run: Run) -> bool:
        """Whether all that has happened to the run is in the store."""
        return run.id not in self._waiting and run.id not in self._batch

    async def close(self) -> None:
        """Store what waits. What can't be stored now is lost: its runs have no end for whoever reads them next."""
        self._closing = True
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        try:
            while self._waiting:
                self._batch, self._waiting = self._waiting, {}
                try:
                    await self._store.save([(run.id, change) for run, change in self._batch.values()])
                except StoreFailed as error:
                    self._keep_batch()
                    self._on_failure(error)
                    self._show_ends()
                    if self._closing:
                        return
                    await asyncio.sleep(_PAUSE)
                else:
                    batch, self._batch = self._batch, {}
                    for run, change in batch.values():
                        run.apply(change)
        finally:
            self._writing = None

    def _show_ends(self) -> None:
        for run, change in self._waiting.values():
            if change.end is not None:
                run.apply(Change(end=change.end))

    def _keep_batch(self) -> None:
        """Put the batch back before what has come since."""
        for run_id, (run, change) in self._batch.items():
            if run_id in self._waiting:
                change.add(self._waiting[run_id][1])
            self._waiting[run_id] = (run, change)
        self._batch = {}
