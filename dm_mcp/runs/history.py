"""The runs of the workspace, whoever started them and whenever: found, followed, cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

from dm_mcp.errors import DmError, RunNotFound, ServerUnreachable
from dm_mcp.runs.control import ask_to_cancel, ask_to_share, changes
from dm_mcp.runs.members import is_alive, socket_of
from dm_mcp.runs.run import Change, End, LogLine, Run, Status
from dm_mcp.runs.sqlite import SqliteStore
from dm_mcp.runs.store import LEVELS, Page, Store
from dm_mcp.workspace.workspace import Workspace

__all__ = ["TAIL_LINES", "History"]

TAIL_LINES = 20
"""Lines of the log that come with a run."""

_PAGE = 1_000
_RETRY = 0.5  # seconds between two looks at the run of a server that lives and does not answer


class History:
    """What is known of runs. ``live`` gives those that this process runs: they are given as they are, and change.

    Every method raises `StoreFailed` when the history can't be read, and `RunNotFound` for an unknown id.
    """

    def __init__(self, workspace: Workspace, live: Callable[[], Mapping[str, Run]] = dict) -> None:
        self.workspace = workspace
        self.store: Store = SqliteStore(lambda: workspace.state / "runs.db")
        self._live = live

    async def get(self, run_id: str) -> Run:
        """The run: a live one, or as it is stored now, with the end of its log."""
        if run := self._live().get(run_id):
            return run
        if not self.workspace.has_state:
            raise RunNotFound(f"There is no run {run_id!r:.80}.", hint="No run was started in this workspace yet.")
        run = await self.store.get(run_id, tail=TAIL_LINES)
        if not run.status.ended and await self._interrupt_if_gone(run.owner):
            run = await self.store.get(run_id, tail=TAIL_LINES)
        return run

    async def find(
        self,
        *,
        scenario: str | None = None,
        status: Status | None = None,
        limit: int = 50,
        cursor: int | None = None,
    ) -> Page:
        """Runs without their logs, the latest first."""
        if not self.workspace.has_state:  # looking makes no folder
            return Page([], None)
        await self.interrupt_ownerless()
        return await self.store.find(scenario=scenario, status=status, limit=limit, cursor=cursor)

    async def lines(
        self, run_id: str, *, after: int = 0, limit: int = _PAGE, levels: Sequence[str] = LEVELS
    ) -> list[LogLine]:
        """At most ``limit`` stored lines of a run's log that follow line ``after``."""
        return await self.store.lines(run_id, after=after, limit=limit, levels=levels)

    @asynccontextmanager
    async def follow(self, run_id: str, *, after: int | None = None) -> AsyncGenerator[Run]:
        """The run, kept up to date while the context lasts, whichever server it belongs to.

        Its lines begin after line ``after``; by default with the last few that there are now.
        """
        run = await self.get(run_id)
        if run_id in self._live():
            yield run
            return
        if after is not None:
            known = run.line_count
            run.begin_lines(min(after, known))
            await self._read_lines(run)
            if not run.lines:
                run.begin_lines(known)
        if run.status.ended:
            yield run
            return
        keeping = asyncio.create_task(self._keep_up(run), name=f"follow:{run_id}")
        try:
            yield run
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def cancel(self, run: Run) -> None:
        """Let the server that owns the run end it, and wait until nothing is left. One that has ended stays as it is.

        Raises `ServerUnreachable`.
        """
        try:
            await ask_to_cancel(socket_of(self._servers, run.owner), run.id)
        except ServerUnreachable:
            if not await self._interrupt_if_gone(run.owner):
                raise
        else:
            await self._interrupt_if_gone(run.owner)

    async def interrupt_ownerless(self) -> None:
        """End the runs of servers that are gone."""
        for owner in await self.store.owners():
            await self._interrupt_if_gone(owner)

    async def share(self, run: Run) -> None:
        """Let the run's owner know that a caller of ours waits for it too: nobody else ends it by leaving."""
        run.shared = True
        if run.id not in self._live() and not run.status.ended:
            with suppress(ServerUnreachable):  # it is gone, and the run with it
                await ask_to_share(socket_of(self._servers, run.owner), run.id)

    async def close(self) -> None:
        """Let go of the store."""
        await self.store.close()

    @property
    def _servers(self) -> Path:
        return self.workspace.state / "servers"

    async def _keep_up(self, run: Run) -> None:
        """Keep the run up to date; one that can't be read any more ends here, so that nobody waits for it for ever."""
        try:
            while True:
                with suppress(ServerUnreachable):
                    async with aclosing(changes(socket_of(self._servers, run.owner), run.id)) as told:
                        async for _ in told:
                            await self._refresh(run)
                await self._interrupt_if_gone(run.owner)
                await self._refresh(run)
                if run.status.ended:
                    return
                await asyncio.sleep(_RETRY)
        except DmError as error:
            run.apply(Change(end=End(Status.INTERRUPTED, time.time(), error=error)))

    async def _refresh(self, run: Run) -> None:
        """Read what is new. The lines come before the state: an end that is seen has its last line."""
        now = await self.store.get(run.id, tail=0)
        await self._read_lines(run)
        run.become(now)

    async def _read_lines(self, run: Run) -> None:
        while lines := await self.store.lines(run.id, after=run.line_count, limit=_PAGE):
            run.extend(lines)

    async def _interrupt_if_gone(self, owner: str) -> bool:
        """End the runs of a server that is gone; whether it is."""
        gone = not is_alive(self._servers, owner)  # takes less than the way to a thread
        if gone:
            await self.store.interrupt([owner])
        return gone
