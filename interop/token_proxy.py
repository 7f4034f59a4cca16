"""A proxy that adds the bearer token to each request, for a client that can't send a header."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_END = b"\r\n\r\n"


@asynccontextmanager
async def token_proxy(url: str, token: str) -> AsyncGenerator[str]:
    """The address of a proxy before that server.

    All else passes as it is sent, the Host too. One request a connection: what follows the first head is not looked at.
    """
    target = urlsplit(url)
    calls: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        calls.add(task)
        task.add_done_callback(calls.discard)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(_END)
                to_server = await asyncio.open_connection(target.hostname, target.port)
                to_server[1].write(_with_token(head, token))
                await _both_ways((reader, writer), to_server)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for call in calls:
            call.cancel()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _both_ways(client: Ends, server: Ends) -> None:
    """Copy until one side has closed, then close the other."""
    copying = [asyncio.create_task(_copy(client[0], server[1])), asyncio.create_task(_copy(server[0], client[1]))]
    try:
        await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in copying:
            task.cancel()
        server[1].close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


def _with_token(head: bytes, token: str) -> bytes:
    first, *headers = head.removesuffix(_END).split(b"\r\n")
    kept = [header for header in headers if not header.lower().startswith(b"connection:")]
    return b"\r\n".join([first, *kept, b"Connection: close", f"Authorization: Bearer {token}".encode()]) + _END
