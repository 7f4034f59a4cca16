"""``dm-mcp init``."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dm_mcp.connections.embedded import home
from tests.cli.conftest import Command


def next_commands(printed: str) -> list[str]:
    return [line.strip() for line in printed.partition("Next:\n")[2].splitlines()]


def test_a_new_workspace_runs_at_once_and_again(dm_mcp: Command, tmp_path: Path) -> None:
    made = dm_mcp("init", workspace=False, cwd=tmp_path)
    assert made.returncode == 0
    assert "made  scenarios/dm.toml" in made.stdout
    run, check, _ = next_commands(made.stdout)
    for command, text in ((run, "'orders': 500"), (run, "'orders': 500"), (check, "ok     connection conn_postgres")):
        done = started_by_a_test(command, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert text in done.stdout


def started_by_a_test(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A dm-mcp as the words start it, but for root the embedded PostgreSQL lives where this session cleans up."""
    arguments = shlex.split(command)[1:]
    code = (
        "import sys; from pathlib import Path\n"
        "from dm_mcp.cli import main; from dm_mcp.connections.embedded import home\n"
        f"home.ROOT_BASE = Path({str(home.ROOT_BASE)!r}); sys.exit(main({arguments!r}))"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=cwd, timeout=50
    )


def test_what_is_there_is_kept_and_told(dm_mcp: Command, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "dm.toml").write_text("# mine\n")
    made = dm_mcp("init", "shop", workspace=False, cwd=tmp_path)
    assert "kept  shop/dm.toml" in made.stdout
    assert "made  shop/templates/tmpl_order.json" in made.stdout
    assert (tmp_path / "shop" / "dm.toml").read_text() == "# mine\n"
    assert all("--workspace shop" in line for line in next_commands(made.stdout))


def test_a_client_learns_of_the_workspace(dm_mcp: Command, tmp_path: Path, root: Path) -> None:
    first = dm_mcp("init", "--client", "claude-code", cwd=tmp_path)
    assert first.stdout.startswith(f"added  {tmp_path / '.mcp.json'}")
    [entry] = json.loads((tmp_path / ".mcp.json").read_text())["mcpServers"].values()
    assert entry["args"] == ["serve", "--workspace", str(root)]
    assert dm_mcp("init", "--client", "claude-code", cwd=tmp_path).stdout.startswith("unchanged")


def test_the_workspace_that_an_entry_led_to_before_is_named(dm_mcp: Command, tmp_path: Path, root: Path) -> None:
    dm_mcp("init", "--client", "cursor", cwd=tmp_path)
    replaced = dm_mcp("init", "shop", "--client", "cursor", workspace=False, cwd=tmp_path)
    assert f"It led to {root} before" in replaced.stdout
    beside = dm_mcp("init", "--client", "cursor", "--name", "first", cwd=tmp_path)
    assert beside.stdout.startswith("added")


def test_one_command_makes_a_workspace_and_tells_a_client(dm_mcp: Command, tmp_path: Path) -> None:
    done = dm_mcp("init", "shop", "--client", "vscode", workspace=False, cwd=tmp_path)
    assert done.returncode == 0
    [entry] = json.loads((tmp_path / ".vscode" / "mcp.json").read_text())["servers"].values()
    assert entry["args"][-1] == str(tmp_path / "shop")
    assert (tmp_path / "shop" / "dm.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["shop", "--workspace", "other"], "one of them"),
        (["--client", "emacs"], "invalid choice"),
        ([""], "DIR is empty"),
        (["--name", "shop"], "--name is for a client"),
        (["--client", "cursor", "--workspace", "nowhere"], "does not exist"),
        (["file"], "can't be made"),
    ],
)
def test_wrong_input_changes_nothing(dm_mcp: Command, tmp_path: Path, arguments: list[str], text: str) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "file").write_text("")
    done = dm_mcp("init", *arguments, workspace=False, cwd=here)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert list(here.iterdir()) == [here / "file"]
