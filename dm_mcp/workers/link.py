"""The server's end of one zygote: starting it, asking it for processes, hearing of their end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from dm_mcp.errors import WorkerUnavailable
from dm_mcp.workers.messages import Inbox, Message, encode
from dm_mcp.workers.sandbox import Isolation, allow_descriptors
from dm_mcp.workers.waiting import finish

__all__ = ["Forked", "ZygoteGone", "ZygoteLink"]

_START_SECONDS = 30.0
_FORK_SECONDS = 10.0
_END_SECONDS = 8.0
"""Time that a zygote has to end its runs and itself before it is killed."""

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",  # one thread, so that forking is safe
    "MALLOC_ARENA_MAX": "2",  # makes the limit of address space predictable when a script uses threads
    # Keep freed blocks of up to 64 MiB instead of giving them back: encoding rows takes half the time.
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TRIM_THRESHOLD_": "134217728",
}
"""All of the zygote's environment: scripts can read what it was started with, whatever is deleted later."""


class ZygoteGone(WorkerUnavailable):
    """Raised when the zygote ended before it answered; another may be started."""


class Forked(NamedTuple):
    """A run's first process: the pidfd belongs to the receiver.

    ``status`` gets the script's exit code, or less than 0 for a signal, once nothing is left of the run; None when
    the zygote ended before it knew.
    """

    pid: int
    pidfd: int | None
    status: asyncio.Future[int | None]


class ZygoteLink:
    """One zygote, from its start to its end. Made by `open`."""

    def __init__(self, sock: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self.isolation = Isolation.PROCESS_GROUP
        self.note = ""
        self.layers: dict[str, str] = {}
        self.alive = True
        self._sock = sock
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._inbox = Inbox()
        self._ids = count(1)
        self._hello: asyncio.Future[Message] = self._loop.create_future()
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._statuses: dict[int, asyncio.Future[int | None]] = {}
        self._sending = asyncio.Lock()
        self._forking = asyncio.Lock()
        self._loop.add_reader(sock, self._readable)

    @classmethod
    async def open(
        cls,
        *,
        entry: str,
        isolation: Isolation | None,
        without: Collection[str],
        path: Sequence[str],
        locales: Sequence[str],
    ) -> ZygoteLink:
        """Start a zygote and wait until it is ready. Raises `WorkerUnavailable`."""
        options = {
            "entry": entry,
            "isolation": isolation,
            "without": list(without),
            "path": list(path),
            "locales": list(locales),
        }
        link = cls(*_spawn(options))
        try:
            await link._welcome()
        except (WorkerUnavailable, asyncio.CancelledError):
            await link.close()
            raise
        return link

    async def _welcome(self) -> None:
        try:
            hello = (await asyncio.wait_for(self._hello, _START_SECONDS)).body
        except TimeoutError:
            raise WorkerUnavailable("The zygote took too long to start.") from None
        if "error" in hello:
            raise WorkerUnavailable(f"No worker can be started: {hello['error']}.")
        self.isolation, self.note, self.layers = Isolation(hello["isolation"]), hello["why"], hello["layers"]

    @property
    def pid(self) -> int:
        """The zygote's own process."""
        return self._process.pid

    async def fork(self, request: Mapping[str, Any], fds: Sequence[int]) -> Forked:
        """Ask for a process; ``fds`` stay the caller's. Not to be cancelled: the process could not be found again.

        Raises `ZygoteGone`, or `WorkerUnavailable` when the fork fails.
        """
        number = next(self._ids)
        async with self._forking:  # one at a time, so that the socket has always room for it
            if not self.alive:
                raise ZygoteGone("The zygote has ended.")
            answer = self._answers[number] = self._loop.create_future()
            status = self._statuses[number] = self._loop.create_future()
            try:
                await self._send({"id": number, **request}, fds)
                message = await asyncio.wait_for(answer, _FORK_SECONDS)
            except TimeoutError:
                self._process.kill()
                raise ZygoteGone("The zygote does not answer.") from None
            finally:
                self._answers.pop(number, None)
                if not answer.done() or answer.cancelled() or answer.exception() or "error" in answer.result().body:
                    self._statuses.pop(number, None)
        if "error" in message.body:
            raise WorkerUnavailable(f"No worker could be forked: {message.body['error']}.")
        return Forked(message.body["pid"], message.fds[0] if message.fds else None, status)

    async def kill(self, status: asyncio.Future[int | None]) -> None:
        """Have the zygote end the run that ``status`` belongs to, where the server has no pidfd of it."""
        for number, known in self._statuses.items():
            if known is status:
                with contextlib.suppress(ZygoteGone):
                    await self._send({"kill": number})
                return

    async def close(self) -> None:
        """End the zygote and everything under it, and wait for that, even when cancelled; for some seconds at most."""
        self._lost()
        await finish(asyncio.create_task(self._reap()))

    async def _reap(self) -> None:
        ended = asyncio.create_task(asyncio.to_thread(self._process.wait))
        await asyncio.wait([ended], timeout=_END_SECONDS)
        if not ended.done():
            self._process.kill()
        await ended

    async def _send(self, body: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        data = encode(body, len(fds))
        async with self._sending:
            try:
                sent = socket.send_fds(self._sock, [data], fds)
                await self._loop.sock_sendall(self._sock, data[sent:])
            except OSError as error:
                raise ZygoteGone("The zygote has ended.") from error

    def _readable(self) -> None:
        try:
            messages = self._inbox.receive(self._sock)
        except BlockingIOError:
            return
        except (EOFError, OSError):
            self._lost()
            return
        for message in messages:
            self._dispatch(message)

    def _dispatch(self, message: Message) -> None:
        number = message.body.get("id")
        if number is None:
            if not self._hello.done():
                self._hello.set_result(message)
        elif "status" in message.body:
            status = self._statuses.pop(number, None)
            if status is not None and not status.done():
                status.set_result(message.body["status"])
        else:
            answer = self._answers.get(number)
            if answer is not None and not answer.done():
                answer.set_result(message)
            else:
                for fd in message.fds:
                    os.close(fd)

    def _lost(self) -> None:
        """The zygote is gone, or is to go: nothing more comes from it."""
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._sock)
        self._sock.close()
        self._inbox.close()
        gone = ZygoteGone("The zygote has ended.", hint="Its last words are on the server's stderr.")
        for waiting in (self._hello, *self._answers.values()):
            if not waiting.done():
                waiting.set_exception(gone)
        for status in self._statuses.values():
            if not status.done():
                status.set_result(None)
        self._statuses.clear()


def _spawn(options: Mapping[str, Any]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    allow_descriptors()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-I", "-m", "dm_mcp.workers.zygote", str(theirs.fileno()), json.dumps(options)],
                stdin=subprocess.DEVNULL,
                stdout=2,  # the server's stdout may be a protocol's wire
                stderr=2,
                pass_fds=[theirs.fileno()],
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,  # a Ctrl-C in the terminal is for the server
            )
        except OSError as error:
            ours.close()
            raise WorkerUnavailable(f"No zygote can be started: {error}.") from error
    ours.setblocking(False)
    return ours, process
