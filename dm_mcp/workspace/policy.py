"""What the workspace's owner lets scenarios ask for. A header only asks: it is written by whoever wrote the script."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dm_mcp.errors import NotAllowed
from dm_mcp.workspace.config import PolicyConfig, WorkspaceConfig
from dm_mcp.workspace.scenarios import Scenario

__all__ = ["check_layers", "check_scenario"]


def check_scenario(config: WorkspaceConfig, scenario: Scenario) -> None:
    """Raise `NotAllowed`, with the line that would allow it, when a scenario asks for more than ``dm.toml`` allows."""
    policy, header = config.policy, scenario.header
    for id_ in scenario.connections:
        if policy.connections is not None and id_ not in policy.connections:
            allowed = json.dumps([*policy.connections, id_])
            raise _refused(scenario, f"uses the connection {id_}", id_, f"[policy] connections = {allowed}")
    if header.network and not policy.network:
        raise _refused(scenario, "asks for the machine's network", "network", "[policy] network = true")
    for key, unit in (("timeout", " s"), ("memory", " bytes")):
        asked, most = getattr(header, key), getattr(config.limits, key)
        if key in config.limits.model_fields_set and asked is not None and asked > most:
            what = f"asks for a {key} of {asked:g}{unit}, more than {most:g}{unit}"
            raise _refused(scenario, what, key, f"[limits] {key} = {asked:g}")


def check_layers(policy: PolicyConfig, layers: Mapping[str, str]) -> None:
    """Raise `NotAllowed` when every layer of isolation is wanted and one of ``layers`` has a reason to be off."""
    if policy.isolation == "required":
        for name, reason in layers.items():
            if reason:
                raise NotAllowed(
                    f"The layer of isolation {name!r} is off ({reason}), and the policy requires all.",
                    hint='Run dm-mcp where it is on, or let the workspace\'s owner write [policy] isolation = "best".',
                    file="dm.toml",
                )


def _refused(scenario: Scenario, what: str, word: str, line: str) -> NotAllowed:
    numbered = enumerate(scenario.source.split("\n"), 1)
    return NotAllowed(
        f"The scenario {what}, which dm.toml does not allow.",
        hint=f"Ask for less, or let the workspace's owner write in dm.toml: {line}",
        file=scenario.file,
        line=next((number for number, text in numbered if word in text), 1),
    )
