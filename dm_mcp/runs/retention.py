"""The history is trimmed in the background, now and then."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from dm_mcp.errors import DmError
from dm_mcp.runs.store import Retention, Store

__all__ = ["Trimmer"]

_SECONDS = 60.0  # between two looks
_log = logging.getLogger(__name__)


class Trimmer:
    """Looks, when there is a reason to, whether the store holds more than it should."""

    def __init__(self, store: Store, retention: Callable[[], Retention]) -> None:
        self._store = store
        self._retention = retention
        self._task: asyncio.Task[None] | None = None
        self._looked = 0.0

    def look(self) -> None:
        """Trim in the background, unless that was done a moment ago."""
        now = time.monotonic()
        if self._task is None and (not self._looked or now - self._looked > _SECONDS):
            self._looked = now
            self._task = asyncio.create_task(self._trim(), name="trim")

    async def close(self) -> None:
        """Stop; what is left is trimmed another time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _trim(self) -> None:
        try:
            await self._store.trim(self._retention())
        except DmError as error:  # whoever uses the store or dm.toml is told; this is no one's request
            _log.warning("%s", error)
        finally:
            self._task = None
