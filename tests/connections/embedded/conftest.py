"""Real servers for the tests: state folders, and users in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.connections.embedded.users import USER, User


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder whose data the first test makes; no server runs on it between two tests."""
    return tmp_path_factory.mktemp("workspace") / ".dm"


@pytest.fixture
def cold_state_dir(tmp_path: Path) -> Path:
    """A state folder that is not there yet."""
    return tmp_path / "workspace" / ".dm"


@pytest.fixture
def user(root_base: Path) -> Iterator[Callable[[Path], User]]:
    """Starts a process that opens the server of a state folder and holds it until it is told to leave."""
    started: list[User] = []

    def start(state_dir: Path) -> User:
        command = [sys.executable, "-c", USER, str(state_dir), str(root_base)]
        started.append(User(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)))
        return started[-1]

    yield start
    for each in started:
        each.leave()
