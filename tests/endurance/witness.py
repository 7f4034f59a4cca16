"""A client that remembers what it saw of each run, and what must be true of it afterwards."""

from __future__ import annotations

from collections import defaultdict

import anyio
from mcp import Client, MCPError

__all__ = ["Witness"]


class Witness:
    """Starts runs that print their id first, and keeps every line that it was sent before the server died."""

    def __init__(self) -> None:
        self.seen: defaultdict[str, list[str]] = defaultdict(list)
        self.heard = anyio.Event()
        """Set when a run has printed its id."""

    async def start(self, client: Client, scenario: str) -> None:
        """Run a scenario to its end, or until the server is gone."""
        lines: list[str] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            lines.extend((message or "").splitlines())
            if any(line.startswith("run_") for line in lines):
                self.heard.set()

        try:
            await client.call_tool("execute_scenario", {"scenario": scenario}, progress_callback=note)
        except (MCPError, anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
            pass
        finally:
            ids = [line for line in lines if line.startswith("run_")]
            if ids:
                self.seen[ids[0]] += [line for line in lines if not line.startswith(("queued for", "running for"))]
