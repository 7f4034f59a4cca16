"""What many tests need: a real PostgreSQL for the session, and workspaces that use it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import hypothesis
import pytest

from dm_mcp.connections.embedded import home
from dm_mcp.connections.embedded.server import EmbeddedPostgres
from dm_mcp.runs.engine import Engine
from dm_mcp.workers.supervisor import Supervisor
from dm_mcp.workspace.workspace import Workspace

PROJECT = Path(__file__).parent.parent
SHIPPED = PROJECT / "scenarios"

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each of the many processes would compile the code anew

hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--moments", type=int, default=2, help="moments at which tests/endurance kills a server")


@dataclass(frozen=True)
class Database:
    """A schema of its own on the session's PostgreSQL."""

    dsn: str
    connection: asyncpg.Connection[asyncpg.Record]


def processes_with(text: str) -> list[str]:
    """Command lines of the processes whose environment holds ``text``, such as a run's id."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.fixture(scope="session", autouse=True)
def root_base() -> Iterator[Path]:
    """For root a base of our own; it must lie where other users can pass, which pytest's folders do not let them."""
    if os.geteuid() != 0:
        yield home.ROOT_BASE
        return
    base = Path(tempfile.mkdtemp(prefix="dm-mcp-test-", dir=home.ROOT_BASE.parent))
    base.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "ROOT_BASE", base)
        yield base
    shutil.rmtree(base)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
async def database(postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    login = postgres.login()
    schema = f"test_{os.urandom(6).hex()}"
    dsn = (
        f"postgresql://{login.user}:{quote(login.password)}@/{login.database}"
        f"?host={quote(str(login.host), safe='')}&port={login.port}&search_path={schema}"
    )
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"create schema {schema}")
        monkeypatch.setenv("TEST_DATABASE_URL", dsn)
        yield Database(dsn, connection)
        await connection.execute(f"drop schema {schema} cascade")
    finally:
        await connection.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with the shipped templates and no scenario; `conn_postgres` is the test's database."""
    root = tmp_path / "workspace"
    shutil.copytree(SHIPPED / "templates", root / "templates")
    (root / "dm.toml").write_text(
        '[connections.conn_postgres]\nname = "Shop database"\ndsn = "${TEST_DATABASE_URL}"\ncreate_tables = true\n'
        '[connections.conn_other]\ndsn = "${TEST_DATABASE_URL}"\n'
    )
    return root


@pytest.fixture
def write(root: Path) -> Callable[[str, str], None]:
    """Write a scenario into the workspace: its id, its source."""

    def write(scenario_id: str, source: str) -> None:
        (root / f"{scenario_id}.py").write_text(source)

    return write


@pytest.fixture(scope="session")
async def supervisor() -> AsyncIterator[Supervisor]:
    """One zygote for all tests, warm as a server's is; each run has a worker of its own all the same."""
    supervisor = Supervisor()
    await supervisor.start(locales=["en_US", "de_DE"])
    yield supervisor
    await supervisor.close()


@pytest.fixture
async def engine(root: Path, supervisor: Supervisor) -> AsyncIterator[Engine]:
    async with Engine(Workspace(root), supervisor) as engine:
        yield engine
