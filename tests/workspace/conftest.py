"""Workspaces to test with."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dm_mcp.workspace import Workspace

Write = Callable[[dict[str, str]], Workspace]

SHOP = "[connections.conn_postgres]\nembedded = true\nname = 'Shop database'\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Write:
    """Write files, by path and text, and open the folder as a workspace."""

    def write(files: dict[str, str]) -> Workspace:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Workspace(tmp_path)

    return write
