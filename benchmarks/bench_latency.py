"""How long a caller waits: the server's first answer, a no-op, an empty script, a small seeding; each on real stdio.

The peer of the first answer is a bare `MCPServer` with one tool, started in the same way.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

SHIPPED = Path(__file__).parent.parent / "scenarios"
BARE = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("bare", log_level="WARNING")
@server.tool()
async def noop() -> str:
    return "ok"
server.run("stdio")
"""
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "0"}},
}


def first_answer(command: Sequence[str]) -> float:
    """Seconds from starting a server to its answer to ``initialize``."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(HELLO).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        taken = time.perf_counter() - started
        process.stdin.close()
    return taken


async def timed(client: Client, tool: str, arguments: dict[str, Any], times: int) -> float:
    """Median milliseconds of a tool call."""
    taken: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        result = await client.call_tool(tool, arguments)
        taken.append((time.perf_counter() - started) * 1000)
        assert not result.is_error, result
    return statistics.median(taken)


async def calls(serve: list[str], bare: list[str]) -> None:
    """Print the medians of warm calls."""
    async with Client(StdioServerParameters(command=bare[0], args=bare[1:])) as client:
        noop = await timed(client, "noop", {}, 200)
    async with Client(StdioServerParameters(command=serve[0], args=serve[1:])) as client:
        await timed(client, "execute_scenario", {"scenario": "customers_and_orders"}, 5)  # warm
        run = await timed(client, "get_run", {"run_id": await last_run(client)}, 200)
        empty = await timed(client, "execute_scenario", {"scenario": "empty"}, 100)
        small = await timed(client, "execute_scenario", {"scenario": "customers_and_orders"}, 30)
    print(f"no-op tool of a bare MCPServer               {noop:7.1f} ms")
    print(f"cheapest tool of ours (get_run)              {run:7.1f} ms")
    print(f"empty script                                 {empty:7.1f} ms   {empty - run:+.1f} ms to get_run")
    print(f"100 customers and 500 orders, the whole call {small:7.1f} ms")


async def last_run(client: Client) -> str:
    """The id of a run to ask for."""
    result = await client.call_tool("execute_scenario", {"scenario": "empty"})
    assert result.structured_content is not None
    return result.structured_content["run_id"]


def main() -> None:
    """Print everything."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "workspace")
        shutil.copytree(SHIPPED, root, ignore=shutil.ignore_patterns(".dm"))
        (root / "empty.py").write_text("")
        serve = [sys.executable, "-m", "dm_mcp", "serve", "--workspace", str(root)]
        bare = [sys.executable, "-c", BARE]
        pairs = [(first_answer(serve), first_answer(bare)) for _ in range(7)]
        ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
        print(f"start to first answer: ours {ours:.2f} s, bare MCPServer {theirs:.2f} s, {ours - theirs:+.2f} s")
        asyncio.run(calls(serve, bare))


if __name__ == "__main__":
    main()
