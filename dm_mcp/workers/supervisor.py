"""Starting workers: the zygote's life, and one launch."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dm_mcp.errors import WorkerUnavailable
from dm_mcp.protocol import CHUNK
from dm_mcp.workers.link import ZygoteGone, ZygoteLink
from dm_mcp.workers.sandbox import Isolation
from dm_mcp.workers.waiting import finish
from dm_mcp.workers.worker import Worker

__all__ = ["Limits", "Supervisor", "Worker"]


@dataclass(frozen=True)
class Limits:
    """What a run may use."""

    memory: int = 2 * 1024**3
    """Bytes of address space, for each process of the run by itself, and of memory in use, for all of them together."""
    disk: int = 4 * 1024**3
    """Bytes of all files in the run's folder."""


class Supervisor:
    """Launches workers from a zygote that it starts when it is first needed.

    ``entry``, "module:function", is what a worker calls with its control socket; ``path`` is added to its ``sys.path``.
    ``isolation`` forces one of `dm_mcp.workers.sandbox.Isolation`; by default it is the best that works here. Layers
    named in ``without`` are left out.
    """

    def __init__(
        self,
        *,
        entry: str = "dm_mcp.workers.script:main",
        isolation: str | None = None,
        without: Collection[str] = (),
        path: Sequence[str] = (),
    ) -> None:
        self.isolation: str | None = None
        """How runs are held together here; known after `start`."""
        self.isolation_note = ""
        """A sentence for people about `isolation`."""
        self.layers: dict[str, str] = {}
        """For each of `dm_mcp.workers.layers.Layer` why it is off; empty when it is on."""
        self._locales: tuple[str, ...] = ()
        self._entry = entry
        self._forced = Isolation(isolation) if isolation else None
        self._without = tuple(without)
        self._path = tuple(path)
        self._starting: asyncio.Task[ZygoteLink] | None = None
        self._gone: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def zygote_pid(self) -> int | None:
        """The zygote's process, while there is one."""
        task = self._starting
        if task is None or not task.done() or task.cancelled() or task.exception() or not task.result().alive:
            return None
        return task.result().pid

    async def start(self, *, locales: Sequence[str] = ()) -> None:
        """Have a zygote ready, quick to make rows in ``locales``. Raises `WorkerUnavailable` when none can be started.

        Takes some tenths of a second, in which the event loop is free. A caller may be cancelled, or not wait at all:
        the zygote goes on starting. Without it the first `launch` does the same.
        """
        self._locales = tuple(locales)
        await self._zygote()

    async def close(self) -> None:
        """End the zygote and everything under it, and wait for that, even when cancelled; for some seconds at most."""
        self._closed = True
        await finish(asyncio.create_task(self._close()))

    async def launch(self, *, folder: Path, env: Mapping[str, str], limits: Limits, network: bool) -> Worker:
        """Start a worker in ``folder`` with ``env`` as its whole environment.

        ``network`` leaves it the machine's own net. Raises `WorkerUnavailable`. A launch that is cancelled leaves no
        process behind.
        """
        for _ in range(2):
            link = await self._zygote()
            task = asyncio.create_task(_launch(link, _request(folder, env, limits, network)))
            try:
                return await finish(task)
            except asyncio.CancelledError:
                if not task.cancelled() and task.exception() is None:
                    await task.result().close()
                raise
            except ZygoteGone:
                # It may have died long before, and only now it shows: another one gets a try.
                continue
        raise WorkerUnavailable(
            "The zygote ended twice before it could start a worker.", hint="Its last words are on the server's stderr."
        )

    async def _zygote(self) -> ZygoteLink:
        """The zygote that is there, or a new one."""
        if self._closed:
            raise WorkerUnavailable("The supervisor is closed.")
        task = self._starting
        if task is None or (task.done() and self.zygote_pid is None):
            self._forget(task)
            task = self._starting = asyncio.create_task(self._open())
        await asyncio.wait([task])
        if task.cancelled():
            raise WorkerUnavailable("The supervisor is closed.")
        return task.result()

    async def _open(self) -> ZygoteLink:
        link = await ZygoteLink.open(
            entry=self._entry,
            isolation=self._forced,
            without=self._without,
            path=self._path,
            locales=self._locales,
        )
        self.isolation, self.isolation_note, self.layers = link.isolation.value, link.note, link.layers
        return link

    def _forget(self, task: asyncio.Task[ZygoteLink] | None) -> None:
        """Reap a zygote that has died."""
        if task is not None and not task.cancelled() and task.exception() is None:
            reaping = asyncio.create_task(task.result().close())
            self._gone.add(reaping)
            reaping.add_done_callback(self._gone.discard)

    async def _close(self) -> None:
        task = self._starting
        if task is not None:
            if not task.done():
                task.cancel()
            await asyncio.wait([task])
            self._forget(task)
        if self._gone:
            await asyncio.wait(self._gone)


def _request(folder: Path, env: Mapping[str, str], limits: Limits, network: bool) -> dict[str, Any]:
    return {
        "folder": str(folder.absolute()),
        "env": dict(env),
        "memory": limits.memory,
        "disk": limits.disk,
        "network": network,
    }


async def _launch(link: ZygoteLink, request: Mapping[str, Any]) -> Worker:
    with ExitStack() as ours, ExitStack() as theirs:
        try:
            control, child_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            ours.callback(control.close)
            theirs.callback(child_control.close)
            for end in (control, child_control):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CHUNK)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK)
            stdout, child_stdout = _pipe(ours, theirs)
            stderr, child_stderr = _pipe(ours, theirs)
        except OSError as error:
            raise WorkerUnavailable(f"No worker can be started: {error}.") from error
        control.setblocking(False)
        forked = await link.fork(request, [child_control.fileno(), child_stdout, child_stderr])
        ours.pop_all()
        return Worker(link, forked, control, stdout, stderr)


def _pipe(ours: ExitStack, theirs: ExitStack) -> tuple[int, int]:
    """A pipe with a non-blocking read end, each end closed by its stack."""
    read, write = os.pipe()
    ours.callback(os.close, read)
    theirs.callback(os.close, write)
    os.set_blocking(read, False)
    return read, write
