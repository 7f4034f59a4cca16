"""What all commands share: help, version, exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from dm_mcp import __version__
from tests.cli.conftest import PARAMS, Command, Write


def test_the_version_is_told(dm_mcp: Command) -> None:
    assert dm_mcp("--version", workspace=False).stdout == f"dm-mcp {__version__}\n"


@pytest.mark.parametrize("command", ["init", "serve", "run", "list", "generate", "check"])
def test_every_command_explains_itself(dm_mcp: Command, command: str) -> None:
    done = dm_mcp(command, "--help", workspace=False)
    assert done.returncode == 0
    assert "usage: dm-mcp" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["run", "nothing"], "scenario_not_found"),
        (["run", "a", "-p", "cuont=1"], "count"),
        (["run", "a", "-p", "count=many"], "count"),
        (["run", "a", "-p", "count"], "NAME=VALUE"),
        (["run", "a", "--seed", "-1"], "out of range"),
        (["generate", "tmpl_nothing"], "template_not_found"),
        (["generate", "tmpl_order", "--count", "-1"], "invalid_request"),
        (["generate", "tmpl_order", "--override", "staus=1"], "override_invalid"),
        (["generate", "tmpl_order", "--output", "/nowhere/file"], "can't be written"),
        (["generate", "tmpl_order", "--format", "xml"], "invalid choice"),
    ],
)
def test_wrong_input_exits_with_2_and_says_what_to_mend(
    dm_mcp: Command, write: Write, arguments: list[str], text: str
) -> None:
    write("a", PARAMS)
    done = dm_mcp(*arguments)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_workspace_says_what_was_tried(dm_mcp: Command, tmp_path: Path) -> None:
    done = dm_mcp("list", workspace=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "DM_WORKSPACE" in done.stderr


def test_a_folder_without_anything_of_a_workspace_gets_a_warning(dm_mcp: Command, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    done = dm_mcp("list", workspace=False, cwd=tmp_path)
    assert done.returncode == 0
    assert "dm-mcp init" in done.stderr
    (tmp_path / "scenarios" / "a.py").write_text("print(1)")
    assert dm_mcp("list", workspace=False, cwd=tmp_path).stderr == ""
