"""The command line, as a process: what a shell and CI see."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.preloaded import Preloaded

Write = Callable[[str, str], None]
Command = Callable[..., subprocess.CompletedProcess[str]]
DM = "from datamaker import DataMaker\ndm = DataMaker()\n"
PARAMS = """# /// script
# [tool.dm]
# title = "Seeding"
# [tool.dm.params.count]
# type = "integer"
# default = 3
# ///
"""


@pytest.fixture(scope="session")
def preloaded() -> Iterator[Preloaded]:
    preloaded = Preloaded()
    yield preloaded
    preloaded.close()


@pytest.fixture
def dm_mcp(root: Path, preloaded: Preloaded) -> Command:
    """Run ``dm-mcp`` on the test's workspace."""

    def run(*arguments: str, workspace: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        given = ["--workspace", str(root)] if workspace else []
        return preloaded.run([*arguments[:1], *given, *arguments[1:]], cwd)

    return run
