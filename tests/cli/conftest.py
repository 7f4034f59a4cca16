"""The command line, as a process: what a shell and CI see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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


@pytest.fixture
def dm_mcp(root: Path) -> Command:
    """Run ``dm-mcp`` on the test's workspace."""

    def run(*arguments: str, workspace: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        given = ["--workspace", str(root)] if workspace else []
        command = [sys.executable, "-m", "dm_mcp", *arguments[:1], *given, *arguments[1:]]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=50)

    return run
