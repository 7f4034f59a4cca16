"""What the history costs a run that talks much: 100,000 lines with it and without, and tool calls beside them.

The peer is the same engine with a store that keeps nothing. Tool calls go over stdio, from a client that waits for the
talking run meanwhile and takes its lines as progress.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mcp import Client, StdioServerParameters

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Change, Run
from dm_mcp.runs.sqlite import SqliteStore
from dm_mcp.workspace.workspace import Workspace

SHIPPED = Path(__file__).parent.parent / "scenarios"
LINES, ROUNDS = 100_000, 5


class NoStore(SqliteStore):
    """Keeps nothing of a run."""

    async def add(self, run: Run, *, max_unfinished: int, key: str | None = None, request: str = "") -> Run:
        """Take every run."""
        return run

    async def save(self, changes: Sequence[tuple[str, Change]]) -> None:
        """Drop what happened."""


async def talk(root: Path, store: Callable[[Callable[[], Path]], SqliteStore]) -> list[float]:
    """Seconds from start to done of each round, after one to warm up."""
    taken: list[float] = []
    with patch("dm_mcp.runs.history.SqliteStore", store):
        async with Engine(Workspace(root)) as engine:
            for _ in range(ROUNDS + 1):
                started = time.perf_counter()
                run = await engine.start(engine.workspace.scenario("talks"))
                await run.finished()
                taken.append(time.perf_counter() - started)
                assert run.error is None, run.error
                assert run.line_count == LINES + 1
    return taken[1:]


async def calls_beside(root: Path) -> tuple[list[float], float]:
    """Milliseconds of each call while a run talks, and the seconds of the last such run's own call."""
    command = StdioServerParameters(command=sys.executable, args=["-m", "dm_mcp", "serve", "--workspace", str(root)])
    taken, seconds = list[float](), 0.0
    async with Client(command) as client:
        first = await client.call_tool("execute_scenario", {"scenario": "empty"})
        assert first.structured_content is not None
        run_id = first.structured_content["run_id"]

        async def take(progress: float, total: float | None, message: str | None) -> None:
            pass

        for _ in range(ROUNDS):
            started = time.perf_counter()
            talking = asyncio.create_task(
                client.call_tool("execute_scenario", {"scenario": "talks"}, progress_callback=take)
            )
            while not talking.done():
                taken.append(await timed(client.call_tool("get_run", {"run_id": run_id})))
            seconds = time.perf_counter() - started
            result = await talking
            assert not result.is_error, result
    return taken, seconds


async def timed(call: Any) -> float:
    """Milliseconds that a call takes."""
    started = time.perf_counter()
    result = await call
    assert not result.is_error, result
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Print everything."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "workspace")
        shutil.copytree(SHIPPED, root, ignore=shutil.ignore_patterns(".dm"))
        (root / "empty.py").write_text("")
        (root / "talks.py").write_text(f"for n in range({LINES}):\n    print('line', n)")
        kept, dropped = asyncio.run(talk(root, SqliteStore)), asyncio.run(talk(root, NoStore))
        beside, seconds = asyncio.run(calls_beside(root))
    slowest = statistics.quantiles(beside, n=100)[98]
    print(f"{LINES:,} lines, from start to done:")
    print(f"  with the history                        {statistics.median(kept):7.2f} s   (worst {max(kept):.2f})")
    print(f"  with a store that keeps nothing         {statistics.median(dropped):7.2f} s")
    print(f"  the whole call over stdio               {seconds:7.2f} s")
    print(f"a call of get_run beside it               {statistics.median(beside):7.1f} ms  (p99 {slowest:.1f})")


if __name__ == "__main__":
    main()
