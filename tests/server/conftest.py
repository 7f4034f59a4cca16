"""A client in memory, and one HTTP server and workspace for all tests that leave them as they were."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from mcp import Client
from mcp_types import Implementation

from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp_server import WorkspaceServer
from tests.conftest import SHIPPED
from tests.server.holding import held
from tests.server.http_server import ServerProcess, http_server
from tests.server.in_memory import MODES


@pytest.fixture(scope="session")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the shipped templates."""
    root = tmp_path_factory.mktemp("shared") / "workspace"
    shutil.copytree(SHIPPED / "templates", root / "templates")
    return root


@pytest.fixture
def share(shared_root: Path) -> Callable[[str, str], None]:
    """Write a scenario into the shared workspace: its id, its source."""

    def share(scenario_id: str, source: str) -> None:
        (shared_root / f"{scenario_id}.py").write_text(source)

    return share


@pytest.fixture(scope="session")
async def shared_server(shared_root: Path) -> AsyncIterator[ServerProcess]:
    """A server process over the shared workspace."""
    async for server in held(http_server(shared_root)):
        yield server


@pytest.fixture
async def client(engine: Engine, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """A client of the stateless protocol; where `in_both_eras` asks for it one of the handshake's as well."""
    about = Implementation(name="claude-code", version="2.1")
    mode = getattr(request, "param", MODES[0])
    async for client in held(Client(WorkspaceServer(engine), mode=mode, client_info=about)):
        yield client
