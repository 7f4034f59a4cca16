"""A store in a file of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dm_mcp.runs.sqlite import SqliteStore


@pytest.fixture
def file(tmp_path: Path) -> Path:
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
