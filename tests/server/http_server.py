"""A real HTTP server process, and clients of it that log in as the official SDK's do."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import httpx2
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

Mode = Literal["auto", "legacy"]
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}},
}
LISTING = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
BOTH = {"Accept": "application/json, text/event-stream"}


@dataclass(frozen=True)
class HttpServer:
    """Where a server is, and the token that opens it."""

    url: str
    token: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def http(self, **headers: str) -> httpx2.AsyncClient:
        """Plain requests, with these headers."""
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30)

    @asynccontextmanager
    async def client(self, face: str) -> AsyncGenerator[Client]:
        """An MCP client of ``mcp`` (the stateless era), ``mcp-legacy`` (with a handshake) or ``sse``."""
        if face == "sse":
            async with Client(sse_client(f"{self.url}/sse", headers=self.headers), mode="legacy") as client:
                yield client
            return
        mode = cast("Mode", {"mcp": "auto", "mcp-legacy": "legacy"}[face])
        async with (
            httpx2.AsyncClient(headers=self.headers, timeout=httpx2.Timeout(30, read=300)) as http,
            Client(streamable_http_client(f"{self.url}/mcp", http_client=http), mode=mode) as client,
        ):
            yield client


@dataclass(frozen=True)
class ServerProcess(HttpServer):
    """One that runs as a process."""

    process: asyncio.subprocess.Process
    announced: str
    """The line that it wrote at its start."""

    async def stop(self) -> tuple[int, str]:
        """End it in order, as a service manager does; gives its exit status and what else it wrote."""
        self.process.terminate()
        _, written = await self.process.communicate()
        assert self.process.returncode is not None
        lines = written.decode().splitlines(keepends=True)
        return self.process.returncode, "".join(line for line in lines if "runs lack the layer" not in line)


def command(root: Path, host: str, port: int) -> list[str]:
    """The command that serves a workspace over HTTP."""
    return [
        *(sys.executable, "-m", "dm_mcp", "serve", "--transport", "http"),
        *("--workspace", str(root), "--host", host, "--port", str(port)),
    ]


def announced_url(text: str) -> str | None:
    """The address in what a server wrote at its start, for a client on this machine."""
    found = re.search(r"http://\S+:(\d+)/mcp", text)
    return f"http://127.0.0.1:{found[1]}" if found else None


@asynccontextmanager
async def http_server(root: Path, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[ServerProcess]:
    process = await asyncio.create_subprocess_exec(
        *command(root, host, port),
        stderr=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
        env=dict(os.environ),
    )
    assert process.stderr is not None
    try:
        announced = (await process.stderr.readline()).decode()
        url = announced_url(announced)
        assert url, announced + (await process.stderr.read()).decode()
        yield ServerProcess(url, (root / ".dm" / "token").read_text().strip(), process, announced)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
