"""The messages between the server and its zygote: JSON objects that may carry open descriptors.

On the wire: ``uint32`` size of the JSON and ``uint8`` number of descriptors, in network byte order, then the JSON. The
socket is a stream, which macOS has too; descriptors arrive with a message's first byte or before.

From the server: ``{"id", "folder", "env", "memory", "network"}`` with three descriptors (the child's end of the control
socket, the write ends of stdout and stderr) asks for a process; ``{"kill": id}`` ends one. From the zygote: first
``{"isolation", "why"}`` or ``{"error"}``; then ``{"id", "pid"}`` with the process's pidfd where there is one, or
``{"id", "error"}``; at last ``{"id", "status"}`` when nothing is left of it.
From the zygote to its spare keeper: ``{"folder", "env", "memory"}`` with the same three descriptors; it answers a byte.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

__all__ = ["Inbox", "Message", "encode"]

_HEADER = struct.Struct("!IB")
_MAX_FDS = 3
_READ = 65536
_CLOSE_ON_EXEC = int(getattr(socket, "MSG_CMSG_CLOEXEC", 0))


class Message(NamedTuple):
    """One message and its descriptors, which belong to the receiver."""

    body: dict[str, Any]
    fds: list[int]


def encode(body: Mapping[str, Any], fds: int = 0) -> bytes:
    """A message ready to send along with so many descriptors."""
    raw = json.dumps(body).encode()
    return _HEADER.pack(len(raw), fds) + raw


class Inbox:
    """Puts together the messages that come in on a socket."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._fds: deque[int] = deque()

    def receive(self, sock: socket.socket) -> list[Message]:
        """Read once, and return the messages that are whole now. Raises EOFError at the end, OSError as ``recvmsg``."""
        data, fds, _, _ = socket.recv_fds(sock, _READ, _MAX_FDS, _CLOSE_ON_EXEC)
        for fd in fds:
            os.set_inheritable(fd, False)
        self._fds.extend(fds)
        if not data:
            raise EOFError
        self._buffer += data
        return self._whole()

    def _whole(self) -> list[Message]:
        messages: list[Message] = []
        while len(self._buffer) >= _HEADER.size:
            size, count = _HEADER.unpack_from(self._buffer)
            end = _HEADER.size + size
            if len(self._buffer) < end:
                break
            body = cast("dict[str, Any]", json.loads(self._buffer[_HEADER.size : end]))
            # The kernel drops those that find no room in the receiver's table.
            messages.append(Message(body, [self._fds.popleft() for _ in range(min(count, len(self._fds)))]))
            del self._buffer[:end]
        return messages

    def close(self) -> None:
        """Close the descriptors of messages that never became whole."""
        while self._fds:
            os.close(self._fds.popleft())
