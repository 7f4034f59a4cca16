"""The server's end of one worker: its control socket, its output, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable

from dm_mcp.workers.link import Forked, ZygoteLink
from dm_mcp.workers.output import READS, Line, LineReader
from dm_mcp.workers.sandbox import Isolation
from dm_mcp.workers.waiting import finish

__all__ = ["Worker"]

_logger = logging.getLogger(__name__)

_STATUS_SECONDS = 3.0
"""Time between the end of a run's first process and the zygote's word on it; a sweep of what it left lies between."""
_KILL_SECONDS = 2.5
"""Time that a subreaper has to sweep and end before it is killed itself, and that any process has after SIGKILL."""


class Worker:
    """One running worker. Made by `Supervisor.launch`; whoever got it calls `close` in the end."""

    def __init__(self, link: ZygoteLink, forked: Forked, control: socket.socket, stdout: int, stderr: int) -> None:
        self.control = control
        """The server's end of the control socket, non-blocking: its owner reads and writes the frames."""
        self.output = (stdout, stderr)
        """The read ends of the worker's stdout and stderr, non-blocking."""
        self.pid = forked.pid
        """The process that holds the run, as the server numbers it; the script's own is this one or below it."""
        self._link = link
        self._pidfd = forked.pidfd
        self._status = forked.status
        self._loop = asyncio.get_running_loop()
        self._readers = (("stdout", LineReader(stdout)), ("stderr", LineReader(stderr)))
        self._watched: set[int] = set()
        self._death = asyncio.create_task(self._watch(), name=f"worker-{forked.pid}")
        self._kill_task: asyncio.Task[None] | None = None
        self._close_task: asyncio.Task[None] | None = None

    def read_output(self, reads: int = READS) -> list[tuple[str, Line]]:
        """The lines that are complete now, each with "stdout" or "stderr"; never waits.

        A line over 64 KiB comes in pieces, bytes that are not UTF-8 are replaced. Once the worker is dead, what has no
        line end comes too. ``reads`` times 4 KiB of each at the most, by default all that the pipes hold.
        """
        lines: list[tuple[str, Line]] = []
        for name, reader in self._readers:
            if self._close_task is None and not reader.ended:
                lines += [(name, line) for line in reader.read(last=self._death.done(), reads=reads)]
                if reader.ended:
                    self._unwatch(reader.fd)
        return lines

    def on_output(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` whenever `read_output` has something to read, which it is to call then."""
        for _, reader in self._readers:
            if not reader.ended:
                self._loop.add_reader(reader.fd, callback)
                self._watched.add(reader.fd)

    async def wait(self) -> int | None:
        """How the script's process ended: its exit code, less than 0 for a signal, None when that can't be known.

        Returns once nothing of the run is left. Several may wait, and a cancelled wait harms nothing.
        """
        await asyncio.wait([self._death])
        return None if self._death.cancelled() else self._death.result()

    async def kill(self) -> None:
        """Kill the worker and all that it started; returns when they are gone, or after a few seconds.

        Any number of calls are one. A caller that is cancelled meanwhile hears of it afterwards.
        """
        if not self._death.done():
            if self._kill_task is None:
                self._kill_task = asyncio.create_task(self._kill())
            await finish(self._kill_task)

    async def close(self) -> None:
        """Kill the worker if it lives, and close every descriptor; completes even when the caller is cancelled.

        What was printed and not read yet is lost.
        """
        if self._close_task is None:
            self._close_task = asyncio.create_task(self._close())
        await finish(self._close_task)

    async def _close(self) -> None:
        for fd in self.output:
            self._unwatch(fd)
        await self.kill()
        self._death.cancel()
        await asyncio.wait([self._death])
        self.control.close()
        for fd in self.output:
            os.close(fd)
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None

    def _unwatch(self, fd: int) -> None:
        if fd in self._watched:
            self._watched.remove(fd)
            self._loop.remove_reader(fd)

    async def _watch(self) -> int | None:
        """Wait for the end of the whole run."""
        if self._pidfd is None:
            status = await asyncio.shield(self._status)
            if status is None:  # the zygote is gone, nobody else will do it
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
            return status
        exited: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._pidfd, _set, exited)
        try:
            await asyncio.wait([exited, self._status], return_when=asyncio.FIRST_COMPLETED)
            if self._status.done() and self._status.result() is None:
                self._signal(self._first_signal())
                await asyncio.wait([exited], timeout=_KILL_SECONDS)
            else:
                await asyncio.wait([self._status], timeout=_STATUS_SECONDS)
        finally:
            self._loop.remove_reader(self._pidfd)
        return self._status.result() if self._status.done() else None

    async def _kill(self) -> None:
        for signum in (self._first_signal(), signal.SIGKILL):
            if self._pidfd is not None and self._link.isolation is not Isolation.PROCESS_GROUP:
                self._signal(signum)
            else:
                await self._link.kill(self._status)  # the zygote knows whether the number is still this process's
            await asyncio.wait([self._death], timeout=_KILL_SECONDS)
            if self._death.done():
                return
        _logger.warning("Process %d of a worker does not die.", self.pid)

    def _first_signal(self) -> signal.Signals:
        """What ends the run as a whole: a subreaper is asked to sweep, anything else takes all with it."""
        return signal.SIGTERM if self._link.isolation is Isolation.SUBREAPER else signal.SIGKILL

    def _signal(self, signum: signal.Signals) -> None:
        if self._pidfd is not None and hasattr(signal, "pidfd_send_signal"):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signum)
                signal.pidfd_send_signal(self._pidfd, signal.SIGCONT)  # the script may have stopped it


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
