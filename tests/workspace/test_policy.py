"""What a scenario may ask for, by ``[policy]`` and the ceilings of ``[limits]``."""

from __future__ import annotations

from pathlib import Path

import pytest

from dm_mcp.errors import NotAllowed, WorkspaceError
from dm_mcp.workspace import Workspace
from dm_mcp.workspace.config import PolicyConfig
from dm_mcp.workspace.policy import check_layers, check_scenario

CONNECTIONS = "[connections.shop]\nembedded = true\n[connections.stock]\nembedded = true\n"


def check(root: Path, settings: str, *header: str) -> None:
    """Check a scenario with this header under these settings."""
    (root / "dm.toml").write_text(CONNECTIONS + settings)
    lines = ["# /// script", "# [tool.dm]", *(f"# {line}" for line in header), "# ///", "print(1)"]
    (root / "a.py").write_text("\n".join(lines))
    workspace = Workspace(root)
    check_scenario(workspace.config, workspace.scenario("a"))


ALL = ('connections = ["shop", "stock"]', "network = true", "timeout = 3600", 'memory = "8 GiB"')


def test_without_a_policy_a_scenario_may_ask_for_what_there_is(tmp_path: Path) -> None:
    check(tmp_path, "", *ALL)


@pytest.mark.parametrize(
    ("settings", "line", "asks", "allow"),
    [
        ('[policy]\nconnections = ["shop"]', 3, "connection stock", '[policy] connections = ["shop", "stock"]'),
        ("[policy]\nconnections = []", 3, "connection shop", '[policy] connections = ["shop"]'),
        ("[policy]\nnetwork = false", 4, "network", "[policy] network = true"),
        ("[limits]\ntimeout = 600", 5, "timeout of 3600 s, more than 600 s", "[limits] timeout = 3600"),
        ('[limits]\nmemory = "1 GiB"', 6, "memory", "[limits] memory ="),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_line_that_would_allow_it(
    tmp_path: Path, settings: str, line: int, asks: str, allow: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        check(tmp_path, settings, *ALL)
    assert refused.value.where == {"file": "a.py", "line": line}
    assert asks in refused.value.message
    assert allow in refused.value.hint
    assert "owner" in refused.value.hint


def test_less_than_the_ceiling_is_allowed(tmp_path: Path) -> None:
    check(
        tmp_path, '[policy]\nconnections = ["shop"]\n[limits]\ntimeout = 600', 'connections = ["shop"]', "timeout = 600"
    )


def test_a_policy_names_connections_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="'shp'"):
        check(tmp_path, '[policy]\nconnections = ["shp"]')


def test_required_isolation_wants_every_layer() -> None:
    layers = {"namespaces": "", "landlock": "the kernel has none"}
    check_layers(PolicyConfig(), layers)
    check_layers(PolicyConfig(isolation="required"), {"namespaces": ""})
    with pytest.raises(NotAllowed, match="'landlock' is off \\(the kernel has none\\)"):
        check_layers(PolicyConfig(isolation="required"), layers)
