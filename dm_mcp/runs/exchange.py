"""One call of a worker, as the server sees it: the answers that it sends, and the rows that come for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from dm_mcp.errors import DmError, ProtocolError
from dm_mcp.protocol import CHUNK, WINDOW, Kind

__all__ = ["Exchange"]


class Exchange:
    """A call's two ends: `reply` and `rows`. Whoever reads the frames feeds it."""

    def __init__(self, send: Callable[[Kind, Mapping[str, Any]], None]) -> None:
        self._send = send
        self._arrived: asyncio.Queue[bytes | DmError | None] = asyncio.Queue()
        self._waiting = 0
        self._finished = False

    def reply(self, body: Mapping[str, Any]) -> None:
        """Answer before the rows come: the worker needs to know what they must look like."""
        self._send(Kind.REPLY, body)

    async def rows(self) -> AsyncIterator[bytes]:
        """The rows, in chunks cut anywhere, until the worker says that they are whole. Raises its error instead."""
        while (chunk := await self._arrived.get()) is not None:
            if isinstance(chunk, DmError):
                raise chunk
            yield chunk
            self._waiting -= len(chunk)
            self._send(Kind.CREDIT, {"bytes": len(chunk)})

    def feed(self, chunk: bytes) -> None:
        """Rows have come. Raises `ProtocolError` when they are more than the worker had credit for."""
        if not chunk or self._finished:
            raise ProtocolError("Rows came empty, or after their end.")
        self._waiting += len(chunk)
        if self._waiting > WINDOW + CHUNK:
            raise ProtocolError("The worker sent more rows than it was allowed to have under way.")
        self._arrived.put_nowait(chunk)

    def finish(self, error: DmError | None = None) -> None:
        """No more rows will come: all were sent, or ``error`` says why not."""
        if not self._finished:
            self._finished = True
            self._arrived.put_nowait(error)
