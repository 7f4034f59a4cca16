"""The worker's end of the control socket: one transport for sync code, threads and asyncio alike.

There is no reader thread. Whoever waits for an answer reads frames, for itself and for the others that wait; the rest
sleep until theirs has come. So a script that starts no thread stays single-threaded.
"""

from __future__ import annotations

import itertools
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from dm_mcp.errors import DmError, InvalidRequest, RunInterrupted, from_dict
from dm_mcp.protocol import CHUNK, HEADER, WINDOW, Frame, Kind, read_header, write_frame

__all__ = ["Channel", "Stream", "flush_output"]

_LOST = "The server closed this run's channel."


@dataclass
class _Call:
    """What has come for one call so far."""

    reply: dict[str, Any] | None = None
    error: DmError | None = None
    credit: int = WINDOW

    def take(self) -> dict[str, Any]:
        """The reply, which has come. Raises the error that came instead."""
        self.check()
        reply, self.reply = self.reply, None
        return reply or {}

    def check(self) -> None:
        """Raise the error, if one has come."""
        if self.error is not None:
            raise self.error


class Channel:
    """Sends calls, streams and notices to the server. Safe to use from several threads."""

    def __init__(self, control: socket.socket) -> None:
        self._socket = control
        self._process = os.getpid()
        self._sending = threading.Lock()
        self._arrived = threading.Condition()
        self._someone_reads = False
        self._numbers = itertools.count(1)
        self._calls: dict[int, _Call] = {}

    def notify(self, kind: Kind, body: Mapping[str, Any]) -> None:
        """Send a frame that has no answer."""
        self.send(kind, 0, body)

    def receive(self) -> Frame:
        """Read one frame; only for the first one, before any call is made."""
        return self._read()

    def call(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Ask the server for something and wait for the answer. Raises what the server answers with."""
        with Stream(self, op, arguments) as stream:
            return stream.reply

    def stream(self, op: str, **arguments: Any) -> Stream:
        """Open a stream of rows: a call whose first answer says what the rows must look like."""
        return Stream(self, op, arguments)

    def send(self, kind: Kind, number: int, body: Mapping[str, Any] | bytes | memoryview) -> None:
        """Send one frame, after everything that was printed before it."""
        self._check_process()
        flush_output()
        with self._sending:
            self._write(write_frame(kind, number, body))

    def begin(self, body: Mapping[str, Any]) -> tuple[int, _Call]:
        """Send a call: its number, and the place where its answer will appear. Numbers rise on the wire."""
        self._check_process()
        flush_output()
        with self._sending:
            number, call = next(self._numbers), _Call()
            frame = write_frame(Kind.CALL, number, body)
            self._calls[number] = call
            self._write(frame)
        return number, call

    def close(self, number: int) -> None:
        """Forget a call."""
        self._calls.pop(number, None)

    def spend(self, call: _Call, size: int) -> None:
        """Take ``size`` bytes of the call's credit."""
        with self._arrived:
            call.credit -= size

    def wait(self, ready: Callable[[], bool]) -> None:
        """Come back once ``ready`` holds; reads frames if nobody else does."""
        while True:
            with self._arrived:
                while self._someone_reads and not ready():
                    self._arrived.wait()
                if ready():
                    return
                self._someone_reads = True
            frame: Frame | None = None
            try:
                frame = self._read()
            finally:
                with self._arrived:
                    self._someone_reads = False
                    if frame is not None:
                        self._deliver(frame)
                    self._arrived.notify_all()

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise InvalidRequest(
                "`dm` was used in a forked process.",
                hint="Use it in the script's own process; threads and asyncio are fine.",
            )

    def _write(self, frame: bytes) -> None:
        try:
            self._socket.sendall(frame)
        except OSError as error:
            raise RunInterrupted(_LOST) from error

    def _deliver(self, frame: Frame) -> None:
        call = self._calls.get(frame.channel)
        if call is None:
            return  # a stream that was given up: its last credit may still be on the way
        match frame.kind:
            case Kind.REPLY:
                call.reply = frame.json()
            case Kind.FAILURE:
                call.error = from_dict(frame.json())
            case Kind.CREDIT:
                call.credit += int(frame.json()["bytes"])
            case _:
                pass

    def _read(self) -> Frame:
        size, kind, number = read_header(self._exactly(HEADER.size))
        return Frame(kind, number, self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        data = bytearray(size)
        view, at = memoryview(data), 0
        while at < size:
            try:
                got = self._socket.recv_into(view[at:])
            except OSError as error:
                raise RunInterrupted(_LOST) from error
            if not got:
                raise RunInterrupted(_LOST)
            at += got
        return bytes(data)


class Stream:
    """A call that may be followed by rows. ``reply`` is the server's first answer: what the rows must look like."""

    def __init__(self, channel: Channel, op: str, arguments: Mapping[str, Any]) -> None:
        self._channel = channel
        self._number, self._call = channel.begin({"op": op, **arguments})
        try:
            self.reply = self._answer()
        except BaseException:
            channel.close(self._number)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close(self._number)

    def send(self, data: bytes | memoryview) -> None:
        """Send rows, waiting while the target is slower than we are. Raises when the server has given the stream up."""
        view = memoryview(data)
        for at in range(0, len(view), CHUNK):
            part = view[at : at + CHUNK]
            self._channel.wait(lambda: self._call.error is not None or self._call.credit > 0)
            self._call.check()
            self._channel.spend(self._call, len(part))
            self._channel.send(Kind.ROWS, self._number, part)

    def finish(self) -> dict[str, Any]:
        """Say that all rows were sent and wait for what became of them."""
        self._channel.send(Kind.END, self._number, {})
        return self._answer()

    def abort(self, error: DmError) -> None:
        """Give the stream up and wait until the server has dropped what was sent."""
        self._channel.send(Kind.ABORT, self._number, error.to_dict())
        try:
            self._answer()
        except DmError:
            return  # the server repeats our own error; the caller raises the original

    def _answer(self) -> dict[str, Any]:
        call = self._call
        self._channel.wait(lambda: call.error is not None or call.reply is not None)
        return call.take()


def flush_output() -> None:
    """Let what was printed before a frame be read before it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # the script closed or replaced it
