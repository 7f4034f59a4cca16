"""What a chatty run costs: 100,000 log lines with the history on, beside a history that keeps nothing; calls meanwhile.

The peer is the same engine with a store that forgets: the difference is what lasting costs.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mcp import Client, StdioServerParameters

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Change
from dm_mcp.runs.sqlite import SqliteStore
from dm_mcp.workspace.workspace import Workspace

SHIPPED = Path(__file__).parent.parent / "scenarios"
LINES = 100_000
CHATTY = f"for n in range({LINES}): print('line', n, 'of a log that somebody may read')"
STEADY = "import time\nend = time.monotonic() + 8\nwhile time.monotonic() < end: print('x' * 60)"


class ForgetfulStore(SqliteStore):
    """Keeps the records of runs and no change of them."""

    async def save(self, changes: Sequence[tuple[str, Change]]) -> None:
        """Forget them."""


async def seconds_of(root: Path, *, forgetful: bool) -> float:
    """Seconds of one chatty run, from its start to its end as everybody sees it, warm."""
    async with Engine(Workspace(root)) as engine:
        if forgetful:
            engine.history.store.__class__ = ForgetfulStore
        await engine.warm_up()
        taken: list[float] = []
        for _ in range(5):
            started = time.perf_counter()
            run = await engine.start(engine.workspace.scenario("chatty"))
            await run.finished()
            taken.append(time.perf_counter() - started)
            assert run.error is None
            assert run.line_count == LINES + 1
            last = run
        if not forgetful:
            assert len(await engine.history.lines(last.id, limit=LINES * 2)) == len(last.lines)
        return statistics.median(taken)


async def calls_beside(root: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of cheap calls on stdio, alone and while another call's run prints without rest."""
    command = StdioServerParameters(command=sys.executable, args=["-m", "dm_mcp", "serve", "--workspace", str(root)])
    async with Client(command) as client:
        await client.call_tool("execute_scenario", {"scenario": "chatty"})
        alone = await timed(client, 2)
        running = asyncio.create_task(client.call_tool("execute_scenario", {"scenario": "steady"}))
        await asyncio.sleep(1)
        beside = await timed(client, 5)
        assert not (await running).is_error
        return alone, beside


async def timed(client: Client, seconds: float) -> list[float]:
    """Milliseconds of the calls that were made in so many seconds."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        result = await client.call_tool("list_runs", {"limit": 1})
        taken.append((time.perf_counter() - started) * 1000)
        assert not result.is_error
    return taken


def main() -> None:
    """Print everything."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "workspace")
        shutil.copytree(SHIPPED, root, ignore=shutil.ignore_patterns(".dm"))
        (root / "chatty.py").write_text(CHATTY)
        (root / "steady.py").write_text(STEADY)
        kept = asyncio.run(seconds_of(root, forgetful=False))
        lost = asyncio.run(seconds_of(root, forgetful=True))
        print(f"{LINES:,} log lines: kept {kept:.2f} s, forgotten {lost:.2f} s, ratio {kept / lost:.2f}")
        alone, beside = asyncio.run(calls_beside(root))
        for name, taken in (("alone", alone), ("beside a run that prints without rest", beside)):
            p99 = sorted(taken)[int(len(taken) * 0.99)]
            print(f"list_runs {name}: median {statistics.median(taken):.1f} ms, p99 {p99:.1f} ms, {len(taken)} calls")


if __name__ == "__main__":
    main()
