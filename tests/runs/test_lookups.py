"""What any worker may ask of the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dm_mcp.errors import ProtocolError, TemplateNotFound, WorkspaceError
from dm_mcp.runs.lookups import look_up
from dm_mcp.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "ages.csv").write_text("1,2")
    return Workspace(tmp_path)


def test_a_file_is_answered_with_its_text(workspace: Workspace) -> None:
    assert look_up(workspace, "file", {"path": "ages.csv"}) == {"text": "1,2"}


@pytest.mark.parametrize(
    ("op", "arguments", "error"),
    [
        ("file", {"path": "missing.csv"}, WorkspaceError),
        ("template", {"name": "missing"}, TemplateNotFound),
        ("file", {"path": 5}, ProtocolError),
        ("template", {}, ProtocolError),
        ("template", {"name": "a", "more": 1}, ProtocolError),
    ],
)
def test_what_is_not_there_or_no_call_is_told(
    workspace: Workspace, op: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        look_up(workspace, op, arguments)
