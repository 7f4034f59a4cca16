"""What servers of one workspace ask each other, on their control sockets.

One question a connection, as a line of JSON: ``{"op": "cancel" | "share" | "follow", "run": id}``. A cancel is answered
by one line when nothing is left of the run; a share by one line when the run's owner knows that somebody else waits
for it too; a follow by a line a change, and the connection closes after the run's end. The run itself is read from the
store.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from dm_mcp.errors import ServerUnreachable
from dm_mcp.runs.run import Run

__all__ = ["ControlServer", "ask_to_cancel", "ask_to_share", "changes"]

_SECONDS = 30.0  # more than any clean-up of a run takes
_PAUSE = 0.02  # seconds between two words about a run that changes without rest
_LINE = b"\n"


class ControlServer:
    """Answers for the runs of this server."""

    def __init__(self, live: Mapping[str, Run], cancel: Callable[[Run], Awaitable[None]]) -> None:
        self._live = live
        self._cancel = cancel
        self._answering: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, socket: Path) -> None:
        """Answer on ``socket`` from now on."""
        # In two steps: cancelled in the one that waits, `close` knows of the server already.
        self._server = await asyncio.start_unix_server(self._accept, socket, start_serving=False)
        await self._server.start_serving()

    async def close(self) -> None:
        """Answer no more."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        answering = dict(self._answering)
        for task in answering:
            task.cancel()
        if answering:
            await asyncio.wait(answering)
        for writer in answering.values():
            with suppress(OSError):
                await writer.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # closed meanwhile
            writer.close()
            return
        task = asyncio.create_task(self._answer(reader, writer), name="control")
        self._answering[task] = writer
        task.add_done_callback(self._answered)  # not in the task: it may be cancelled before its first step

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.pop(task).close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A caller that left, or that is none of us.
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            question = json.loads(await reader.readline())
            run = self._live.get(question["run"])
            if run is not None and question["op"] == "cancel":
                await self._cancel(run)
                writer.write(_LINE)
            elif run is not None and question["op"] == "share":
                run.shared = True
                writer.write(_LINE)
            elif run is not None and question["op"] == "follow":
                await _tell_changes(run, writer)


async def _tell_changes(run: Run, writer: asyncio.StreamWriter) -> None:
    while True:
        version, ended = run.version, run.status.ended
        writer.write(_LINE)
        await writer.drain()
        if ended:
            return
        await run.changed_since(version)
        await asyncio.sleep(_PAUSE)


async def ask_to_cancel(socket: Path, run_id: str) -> None:
    """Let the server at ``socket`` end a run, and wait until nothing is left of it. Raises `ServerUnreachable`."""
    await _ask(socket, "cancel", run_id)


async def ask_to_share(socket: Path, run_id: str) -> None:
    """Tell the server at ``socket`` that a caller elsewhere waits for a run too. Raises `ServerUnreachable`."""
    await _ask(socket, "share", run_id)


async def _ask(socket: Path, op: str, run_id: str) -> None:
    try:
        async with asyncio.timeout(_SECONDS), _asked(socket, op, run_id) as reader:
            with suppress(OSError):  # it died meanwhile: nothing is left of the run either
                await reader.readline()
    except TimeoutError:
        raise ServerUnreachable(
            f"The server of {run_id} has not answered for {_SECONDS:g} s.",
            hint="It hangs or is stopped: end its process, then the run counts as interrupted.",
        ) from None


async def changes(socket: Path, run_id: str) -> AsyncGenerator[None]:
    """One item at once, then one whenever the run has changed, until it has ended or its server has.

    Raises `ServerUnreachable`.
    """
    async with _asked(socket, "follow", run_id) as reader:
        with suppress(OSError):
            while await reader.readline():
                yield


@asynccontextmanager
async def _asked(socket: Path, op: str, run_id: str) -> AsyncGenerator[asyncio.StreamReader]:
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError as error:
        raise ServerUnreachable(
            f"The server of {run_id} can't be reached: {error.strerror}.", hint="Try again in a moment."
        ) from error
    try:
        writer.write(json.dumps({"op": op, "run": run_id}).encode() + _LINE)
        yield reader
    finally:
        writer.close()
