"""``dm-mcp check``: whether everything in a workspace would work."""

from __future__ import annotations

import argparse

from dm_mcp.cli.arguments import Commands, open_workspace
from dm_mcp.cli.exit_status import ExitStatus
from dm_mcp.errors import DmError

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    commands.add("check", _check, "check scenarios, templates, connections and the isolation of runs")


async def _check(args: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine

    workspace = open_workspace(args)
    faults = 0

    def tell(ok: bool, name: str, detail: object) -> None:
        nonlocal faults
        faults += not ok
        print(f"{'ok   ' if ok else 'FAULT'}  {name}: {detail}")

    async with Engine(workspace) as engine:
        tell(True, "workspace", workspace.root)
        for scenario in workspace.scenarios():
            tell(scenario.error is None, f"scenario {scenario.id}", scenario.error or scenario.title)
        for entry in workspace.templates():
            told = entry.error or (entry.template and f"{len(entry.template.fields)} fields")
            tell(entry.error is None, f"template {entry.id}", told)
        for connection_id in workspace.config.connections:
            try:
                tell(True, f"connection {connection_id}", await engine.targets.get(connection_id).verify())
            except DmError as error:
                tell(False, f"connection {connection_id}", error)
        await engine.warm_up()
        tell(True, "isolation", f"{engine.supervisor.isolation} ({engine.supervisor.isolation_note or 'probed'})")
    return ExitStatus.FAILED if faults else ExitStatus.WELL
