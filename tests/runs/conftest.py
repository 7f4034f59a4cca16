"""Runs of scenarios written on the spot, in real workers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run

RunSource = Callable[..., Coroutine[Any, Any, Run]]


@pytest.fixture
def run_source(engine: Engine, write: Callable[[str, str], None]) -> RunSource:
    """Write a scenario, run it to its end and give the run."""

    async def run_source(source: str, params: dict[str, Any] | None = None, seed: int | None = None) -> Run:
        write("scenario", source)
        run = await engine.start(engine.workspace.scenario("scenario"), params, seed)
        await run.finished()
        return run

    return run_source


def texts(run: Run) -> list[str]:
    """The run's log, without the line that tells its seed."""
    return [line.text for line in run.lines if not line.text.startswith("seed ")]
