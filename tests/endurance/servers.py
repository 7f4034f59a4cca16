"""Real servers in processes of their own, driven by the official client, that can be killed at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client, MCPError, StdioServerParameters

from dm_mcp.connections.embedded import home

__all__ = ["Server", "left_processes", "serve"]

SERVE = """
import os, sys
from pathlib import Path
from dm_mcp.connections.embedded import home
home.ROOT_BASE = Path(sys.argv[1])
Path(sys.argv[2]).write_text(str(os.getpid()))
from dm_mcp.cli import main
sys.exit(main(["serve", "--workspace", sys.argv[3]]))
"""


class Server:
    """A server and its client."""

    def __init__(self, client: Client, pid: int) -> None:
        self._client = client
        self._pid = pid

    async def execute(self, scenario: str, on_line: Callable[[str], None] = lambda _: None) -> dict[str, Any] | None:
        """Run a scenario to its end and give its result, or None when the server died; each line is told as it came."""

        async def note(progress: float, total: float | None, message: str | None) -> None:
            for line in (message or "").splitlines():
                on_line(line)

        try:
            result = await self._client.call_tool(
                "execute_scenario", {"scenario": scenario, "wait_seconds": 120}, progress_callback=note
            )
        except MCPError:  # the connection is closed
            return None
        return result.structured_content

    def kill(self) -> None:
        """End the server as the kernel does when memory is short."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


@asynccontextmanager
async def serve(root: Path, pid_file: Path) -> AsyncGenerator[Server]:
    """A server of the workspace, ready."""
    arguments = ["-c", SERVE, str(home.ROOT_BASE), str(pid_file), str(root)]
    parameters = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
    async with Client(parameters) as client:
        yield Server(client, int(await asyncio.to_thread(pid_file.read_text)))


def left_processes(run_ids: set[str]) -> list[int]:
    """Processes that runs of these ids have left."""
    left: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environ = (entry / "environ").read_bytes()
            if any(f"DM_RUN_ID={run_id}".encode() in environ for run_id in run_ids):
                left.append(int(entry.name))
    return left
