"""Clients in memory, and one HTTP server and workspace for all tests that leave them as they were."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from mcp import Client
from mcp_types import Implementation

from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import SHIPPED
from tests.server.holding import held
from tests.server.http_server import Mode, ServerProcess, http_server
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
def mode() -> Mode:
    """The protocol of `client`; tests of what may differ between the protocols are marked with `each_mode`."""
    return "auto"


@pytest.fixture
async def client(engine: Engine, mode: Mode) -> AsyncIterator[Client]:
    """A client of a server for the test's workspace."""
    about = Implementation(name="claude-code", version="2.1")
    async for client in held(Client(WorkspaceServer(engine), mode=mode, client_info=about)):
        yield client


@pytest.fixture(scope="module", params=MODES)
async def reader(shared_root: Path, supervisor: Supervisor, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """A client of each protocol for the tests of a file that leave the shared workspace as it was."""
    async with Engine(Workspace(shared_root), supervisor) as engine:
        async for client in held(Client(WorkspaceServer(engine), mode=request.param)):
            yield client
