"""What has changed, for clients that listen: noticed only while there are some."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from mcp.server.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    SubscriptionBus,
)
from mcp_types import Prompt, Resource

from dm_mcp.errors import DmError, InvalidRequest
from dm_mcp.runs.history import History
from dm_mcp.server.prompts import Prompts
from dm_mcp.server.resources import Resources
from dm_mcp.server.uris import read_uri, resource_uri

__all__ = ["Changes"]

LOOK_EVERY = 2.0
"""Seconds between two looks at the workspace."""
PAUSE = 0.5
"""Seconds between two notices of one log."""
MAX_FOLLOWED = 200
"""Runs whose logs are followed at once."""

_log = logging.getLogger(__name__)


class _Seen(NamedTuple):
    prompts: list[Prompt]
    resources: list[Resource]
    stamps: dict[str, Any]


class Changes:
    """Publishes what happens to a bus. A file's change is noticed by its times, a run's as it happens."""

    def __init__(self, resources: Resources, prompts: Prompts, history: History, bus: SubscriptionBus) -> None:
        self._resources = resources
        self._prompts = prompts
        self._history = history
        self._bus = bus
        self._listeners = 0
        self._entering = asyncio.Lock()
        self._watching: set[asyncio.Task[None]] = set()
        self._followed: dict[str, tuple[int, asyncio.Task[None]]] = {}
        """By a run's id: how many ask for it, and the task."""

    @asynccontextmanager
    async def listening(self, uris: Iterable[str] = ()) -> AsyncGenerator[None]:
        """Notice what happens while the context lasts, to the runs of ``uris`` too.

        What changes once the context is entered is noticed. Raises `InvalidRequest` for too many runs.
        """
        async with self._entering:
            if not self._watching:
                self._watching.add(asyncio.create_task(self._watch(await self._look()), name="changes"))
            self._listeners += 1
        followed: list[str] = []
        try:
            for uri in uris:
                self.follow(uri)
                followed.append(uri)
            yield
        finally:
            for uri in followed:
                self.unfollow(uri)
            self._listeners -= 1
            if not self._listeners:
                while self._watching:
                    self._watching.pop().cancel()

    def follow(self, uri: str) -> None:
        """Notice what a run does, if the address is one of a run. Raises `InvalidRequest` for one run too many."""
        run_id = _run_of(uri)
        if run_id is None:
            return
        number, task = self._followed.get(run_id, (0, None))
        if task is not None and not task.done():
            pass
        elif sum(not each.done() for _, each in self._followed.values()) >= MAX_FOLLOWED:
            raise InvalidRequest(f"{MAX_FOLLOWED} runs are followed already.", hint="Give up some, or ask by get_run.")
        else:
            task = asyncio.create_task(self._follow(run_id), name=f"changes:{run_id}")
        self._followed[run_id] = number + 1, task

    def unfollow(self, uri: str) -> None:
        """Take one `follow` back."""
        run_id = _run_of(uri)
        if run_id is None:
            return
        number, task = self._followed.pop(run_id)
        if number > 1:
            self._followed[run_id] = number - 1, task
        else:
            task.cancel()

    async def _watch(self, seen: _Seen | None) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = await self._look()
            if now is not None and seen is not None:
                for event in _events(seen, now):
                    await self._bus.publish(event)
            seen = now or seen

    async def _look(self) -> _Seen | None:
        """What there is now; None when that can't be told, such as with a broken ``dm.toml``."""
        try:
            return _Seen(self._prompts.find(), await self._resources.find(), await self._resources.stamps())
        except DmError as error:
            _log.debug("changes are not noticed: %s", error)
            return None

    async def _follow(self, run_id: str) -> None:
        log, result = resource_uri("run", run_id, "log"), resource_uri("run", run_id, "result")
        try:
            async with self._history.follow(run_id) as run:
                while not run.status.ended:
                    await run.changed_since(run.version)
                    await self._bus.publish(ResourceUpdated(uri=log))
                    if run.status.ended:
                        await self._bus.publish(ResourceUpdated(uri=result))
                    await asyncio.sleep(PAUSE)
        except DmError as error:
            _log.debug("run %s is not followed: %s", run_id, error)


def _events(before: _Seen, now: _Seen) -> list[ServerEvent]:
    events: list[ServerEvent] = []
    if before.prompts != now.prompts:
        events.append(PromptsListChanged())
    if before.resources != now.resources:
        events.append(ResourcesListChanged())
    changed = (uri for uri in before.stamps.keys() | now.stamps.keys() if before.stamps.get(uri) != now.stamps.get(uri))
    return events + [ResourceUpdated(uri=uri) for uri in changed]


def _run_of(uri: str) -> str | None:
    """The run whose address this is."""
    try:
        address = read_uri(uri)
    except InvalidRequest:
        return None
    return address.id if address.scheme == "run" else None
