"""Callers without a token who send nothing can't use the server up."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dm_mcp.server import patience
from tests.server.http_server import HttpServer
from tests.server.test_http import Here, here

__all__ = ["here"]

HALF = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def few_descriptors() -> Iterator[int]:
    """A limit that is soon reached, for this process and its server."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    yield 1024
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def answers(server: HttpServer) -> bool:
    async with server.http() as http:
        return (await http.get("/health")).status_code == 200


async def hung_up(half: socket.socket) -> None:
    """Wait until the other end is closed."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        stack.callback(half.close)
        half.setblocking(False)
        try:
            async with asyncio.timeout(20):
                assert await loop.sock_recv(half, 1) == b""
        except ConnectionResetError:
            pass


async def test_half_a_request_is_waited_for_a_while_only(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.05)
    server, _ = here
    half = socket.create_connection(("127.0.0.1", server.port))
    half.sendall(HALF)
    await hung_up(half)
    assert await answers(server)


async def test_connections_leave_descriptors_for_the_work(
    here: Here, few_descriptors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(patience, "_SHARE", 32)
    server, _ = here
    halves = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(few_descriptors // 32 + 8)]
    for half in halves:
        half.sendall(HALF)
    for half in halves:
        await hung_up(half)
    assert await answers(server)
