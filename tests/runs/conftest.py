"""Runs of scenarios written on the spot, in real workers; and stores of their own for what needs no workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run
from dm_mcp.runs.sqlite import SqliteStore

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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where `store` keeps its runs."""
    return tmp_path / "runs.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(lambda: file)
    yield store
    await store.close()


@pytest.fixture
async def other_store(file: Path) -> AsyncIterator[SqliteStore]:
    """Another server's store: the same file."""
    store = SqliteStore(lambda: file)
    yield store
    await store.close()


def texts(run: Run) -> list[str]:
    """The run's log, without the line that tells its seed."""
    return [line.text for line in run.lines if not line.text.startswith("seed ")]
