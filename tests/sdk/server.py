"""A server for the SDK's tests: the other end of the control socket, in a thread, answering from a table."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from dm_mcp.errors import DmError
from dm_mcp.protocol import HEADER, Frame, Kind, read_header, write_frame

Answer = Callable[["FakeServer", Frame], None]


class FakeServer:
    """Reads frames until its end is closed; keeps them, and lets ``answer`` deal with each."""

    def __init__(self, answer: Answer) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.frames: list[Frame] = []
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self.theirs.close()
        self._thread.join()
        self.ours.close()

    def reply(self, frame: Frame, body: dict[str, Any]) -> None:
        self.ours.sendall(write_frame(Kind.REPLY, frame.channel, body))

    def refuse(self, frame: Frame, error: DmError) -> None:
        self.ours.sendall(write_frame(Kind.FAILURE, frame.channel, error.to_dict()))

    def grant(self, frame: Frame, size: int) -> None:
        self.ours.sendall(write_frame(Kind.CREDIT, frame.channel, {"bytes": size}))

    def of(self, kind: Kind) -> list[Frame]:
        """The frames of one kind that have come so far."""
        return [frame for frame in self.frames if frame.kind is kind]

    def _serve(self) -> None:
        while (header := self._exactly(HEADER.size)) is not None:
            size, kind, channel = read_header(header)
            frame = Frame(kind, channel, self._exactly(size) or b"")
            if kind is Kind.CALL:
                assert channel > max((call.channel for call in self.of(Kind.CALL)), default=0)
            self.frames.append(frame)
            self._answer(self, frame)

    def _exactly(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            got = self.ours.recv(size - len(data))
            if not got:
                return None
            data += got
        return data
