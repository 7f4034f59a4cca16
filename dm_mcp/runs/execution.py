"""Drive one worker through one job: its frames, its output, its calls, its end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol, TypeGuard, cast

from dm_mcp.errors import DmError, OutOfDisk, OutOfMemory, ProtocolError, WorkerCrashed, WorkerExited, from_dict
from dm_mcp.protocol import CHUNK, HEADER, MAX_PROGRESS, Frame, Kind, read_header, write_frame
from dm_mcp.runs.exchange import Exchange
from dm_mcp.runs.store import LEVELS
from dm_mcp.workers.keeper import EXCESS
from dm_mcp.workers.output import Line
from dm_mcp.workers.supervisor import Worker

__all__ = ["Handler", "Listener", "execute"]

_CALLS_AT_ONCE = 64
_EXIT_SECONDS = 0.5  # for a worker that has said its last word, or closed its channel, to be gone
_SETTLE_SECONDS = 0.002
_SETTLE_TRIES = 10
_MOST_FIELDS = 32
_SHORT = 16 * 1024
"""Bytes of JSON that are read at once."""

Handler = Callable[[str, Mapping[str, Any], Exchange], Awaitable[Mapping[str, Any]]]
"""Answers a call: its name, its arguments, its exchange. Raises `DmError` for what the script is to see."""


class Listener(Protocol):
    """Who hears what the worker says beside its calls."""

    def printed(self, stream: str, texts: Sequence[str]) -> None:
        """Lines of output."""
        ...

    def log(self, level: str, stream: str, text: str, fields: Mapping[str, Any] | None = None) -> None:
        """A log record, with what it was given by name."""
        ...

    def advance(self, done: float, total: float | None) -> None:
        """The script has told its progress."""
        ...


async def execute(worker: Worker, job: Mapping[str, Any], handler: Handler, listener: Listener) -> Any:
    """Let ``worker`` do ``job`` and give its result.

    Raises what the job failed with, `WorkerCrashed` or `WorkerExited` when the worker ended without a word, and
    `ProtocolError` when it sent what it must not. Ends the worker, on every way out.
    """
    execution = _Execution(worker, handler, listener)
    try:
        return await execution.run(job)
    finally:
        await worker.kill()
        execution.drain_output()


class _Execution:
    def __init__(self, worker: Worker, handler: Handler, listener: Listener) -> None:
        self._worker = worker
        self._handler = handler
        self._listener = listener
        self._exchanges: dict[int, Exchange] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._last_channel = 0
        self._printed: list[tuple[str, Line]] = []

    async def run(self, job: Mapping[str, Any]) -> Any:
        reader, self._writer = await asyncio.open_unix_connection(sock=self._worker.control, limit=2 * CHUNK)
        self._worker.on_output(self._collect_output)
        try:
            self._send(Kind.JOB, 0, job)
            async with asyncio.TaskGroup() as self._tasks:
                last = await self._read_frames(reader)
                await asyncio.sleep(0)  # a call that came just before the end is looked at all the same
                for call in self._calls:
                    call.cancel()  # nobody is left to hear the answer
        except BaseExceptionGroup as group:
            raise _first(group) from None  # one failure ends all; which came with it does not matter
        finally:
            self._writer.transport.abort()  # not close(): it would wait for a worker that no longer reads
        if last is None:
            raise await self._died()
        kind, body = last
        if kind is Kind.FAILED:
            raise from_dict(body)
        return body.get("result")

    def drain_output(self) -> None:
        """Hand on what the worker has printed by now."""
        self._printed += self._worker.read_output()
        self._tell_printed()

    def _collect_output(self) -> None:
        """Read some of what was printed; hand it on when the log records that came before it have been read."""
        self._printed += self._worker.read_output(reads=1)
        self._settle(_SETTLE_TRIES)

    def _settle(self, tries: int, turns: int = 2) -> None:
        """Tell what was printed once the channel is empty: all that the worker said before is in there by now.

        What the channel gave last is dealt with within two turns of the loop. A channel that is never empty, as while
        rows flow, holds a line up for a moment only.
        """
        loop = asyncio.get_running_loop()
        if tries and self._channel_has_more():
            loop.call_later(_SETTLE_SECONDS, self._settle, tries - 1)
        elif turns:
            loop.call_soon(self._settle, tries, turns - 1)
        else:
            self._tell_printed()

    def _channel_has_more(self) -> bool:
        try:
            return bool(self._worker.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    def _tell_printed(self, before: Mapping[str, int] | None = None) -> None:
        """Hand on the lines read so far, of a stream in ``before`` only those that end by that byte."""
        now, later = self._printed, list[tuple[str, Line]]()
        if before:
            now = [(stream, line) for stream, line in self._printed if line.end <= before.get(stream, line.end)]
            later = [(stream, line) for stream, line in self._printed if line.end > before.get(stream, line.end)]
        self._printed = later
        for stream, lines in groupby(now, key=itemgetter(0)):
            self._listener.printed(stream, [line.text for _, line in lines])

    async def _read_frames(self, reader: asyncio.StreamReader) -> tuple[Kind, dict[str, Any]] | None:
        """Deal with frames until the job's end is told; None when the channel closed before."""
        while True:
            try:
                size, kind, channel = read_header(await reader.readexactly(HEADER.size))
                frame = Frame(kind, channel, await reader.readexactly(size))
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            if kind in (Kind.DONE, Kind.FAILED):
                self.drain_output()
                return kind, await self._json(frame)
            self._take(frame, {} if kind in (Kind.ROWS, Kind.END) else await self._json(frame))

    @staticmethod
    async def _json(frame: Frame) -> dict[str, Any]:
        """What the frame says; of a long one, which takes a while to read, read beside the event loop."""
        return frame.json() if len(frame.body) <= _SHORT else await asyncio.to_thread(frame.json)

    def _take(self, frame: Frame, body: dict[str, Any]) -> None:
        match frame.kind:
            case Kind.CALL:
                self._begin_call(frame, body)
            case Kind.ROWS:
                if exchange := self._exchange(frame):
                    exchange.feed(frame.body)
            case Kind.END:
                if exchange := self._exchange(frame):
                    exchange.finish()
            case Kind.ABORT:
                if exchange := self._exchange(frame):
                    exchange.finish(from_dict(body))
            case Kind.LOG:
                self._log(body)
            case Kind.PROGRESS:
                self._progress(body)
            case _:
                raise ProtocolError(f"A worker must not send a {frame.kind.name} frame.")

    def _exchange(self, frame: Frame) -> Exchange | None:
        """The call that a frame belongs to; None for one that has been answered: its rows may still be on the way."""
        if not 0 < frame.channel <= self._last_channel:
            raise ProtocolError(f"A {frame.kind.name} frame belongs to no call.")
        return self._exchanges.get(frame.channel)

    def _begin_call(self, frame: Frame, arguments: dict[str, Any]) -> None:
        if frame.channel <= self._last_channel:
            raise ProtocolError("A call has the number of an earlier one.")
        if len(self._calls) >= _CALLS_AT_ONCE:
            raise ProtocolError(f"More than {_CALLS_AT_ONCE} calls at once.")
        op = arguments.pop("op", None)
        if not isinstance(op, str):
            raise ProtocolError("A call has no name.")
        self._last_channel = frame.channel
        exchange = Exchange(lambda kind, body: self._send(kind, frame.channel, body))
        self._exchanges[frame.channel] = exchange
        task = self._tasks.create_task(self._answer(frame.channel, op, arguments, exchange))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _answer(self, channel: int, op: str, arguments: Mapping[str, Any], exchange: Exchange) -> None:
        try:
            kind, body = Kind.REPLY, await self._handler(op, arguments, exchange)
            frame = write_frame(kind, channel, body)
        except ProtocolError:
            raise
        except DmError as error:
            frame = write_frame(Kind.FAILURE, channel, error.to_dict())
        finally:
            del self._exchanges[channel]
        self._writer.write(frame)
        with suppress(ConnectionError):  # the worker has ended: nobody waits for the answer
            await self._writer.drain()

    def _log(self, record: Mapping[str, Any]) -> None:
        level, text, after, fields = (record.get(name) for name in ("level", "text", "after", "fields"))
        if level not in LEVELS or not isinstance(text, str) or not _are_counts(after) or not _are_fields(fields):
            raise ProtocolError("A log record has no level, no text, no place or strange fields.")
        self._printed += self._worker.read_output()
        self._tell_printed(after)
        self._listener.log(level, "log", text, fields)

    def _progress(self, told: Mapping[str, Any]) -> None:
        done, total = told.get("done"), told.get("total")
        if not _is_progress(done) or not (total is None or _is_progress(total)):
            raise ProtocolError("Progress is not told in numbers.")
        self._listener.advance(done, total)

    def _send(self, kind: Kind, channel: int, body: Mapping[str, Any]) -> None:
        self._writer.write(write_frame(kind, channel, body))

    async def _gone(self) -> int | None:
        """The worker's status, if it ends by itself within a moment."""
        try:
            async with asyncio.timeout(_EXIT_SECONDS):
                return await self._worker.wait()
        except TimeoutError:
            return None

    async def _died(self) -> DmError:
        status = await self._gone()
        if status is None:
            return WorkerExited(
                "The script closed its connection to the server.",
                hint="It must not close file descriptors that it did not open.",
            )
        if status == EXCESS["memory"]:
            return OutOfMemory(
                "The run reached its memory limit: all of its processes and its /tmp together.",
                hint="Do less at once, remove temporary files, or raise `memory` in the header.",
            )
        if status == EXCESS["disk"]:
            return OutOfDisk(
                "The run's folder grew past its limit, in bytes or in files.",
                hint="Remove what is no longer needed, or let the workspace's owner raise [limits] disk.",
            )
        if status < 0:
            name = next((each.name for each in signal.Signals if each == -status), f"signal {-status}")
            hint = "The kernel ends a process this way when memory is short." if name == "SIGKILL" else ""
            return WorkerCrashed(f"The worker was ended by {name}.", hint=hint or "Look at native code that it calls.")
        return WorkerExited(
            f"The script ended its process with status {status} before it was finished.",
            hint="End a script by its last line, an exception or sys.exit(), not by os._exit().",
        )


def _is_progress(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MAX_PROGRESS


def _are_counts(value: Any) -> TypeGuard[dict[str, int]]:
    return isinstance(value, dict) and all(isinstance(n, int) for n in cast("dict[str, Any]", value).values())


def _are_fields(value: Any) -> TypeGuard[dict[str, Any] | None]:
    return value is None or (isinstance(value, dict) and len(cast("dict[str, Any]", value)) <= _MOST_FIELDS)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(cast("BaseExceptionGroup[BaseException]", error)) if isinstance(error, BaseExceptionGroup) else error
