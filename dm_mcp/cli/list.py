"""``dm-mcp list``: what the workspace holds."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from dm_mcp.cli.arguments import Commands, open_workspace
from dm_mcp.cli.exit_status import ExitStatus

if TYPE_CHECKING:
    from dm_mcp.workspace.templates import TemplateEntry

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("list", _list, "list scenarios with their parameters, templates and connections")
    parser.add_argument("--json", action="store_true", help="print the scenarios as JSON")


async def _list(args: argparse.Namespace) -> int:
    from dm_mcp.server.answers.scenario import ScenarioInfo

    workspace = open_workspace(args)
    scenarios = workspace.scenarios()
    if args.json:
        print(json.dumps([ScenarioInfo.of(s).model_dump(mode="json") for s in scenarios], ensure_ascii=False))
        return ExitStatus.WELL
    for scenario in scenarios:
        print(f"{scenario.id}\n    {scenario.title}" + (f": {scenario.description}" if scenario.description else ""))
        for name, schema in scenario.params.get("properties", {}).items():
            default = json.dumps(schema.get("default", "..."), ensure_ascii=False)
            print(f"    -p {name}={default}  {_schema_text(schema)}")
        if scenario.error is not None:
            print(f"    broken: {scenario.error}")
    _print_templates(workspace.templates())
    print("connections: " + (", ".join(workspace.config.connections) or "none"))
    return ExitStatus.WELL


def _print_templates(entries: list[TemplateEntry]) -> None:
    print("\ntemplates:" + ("" if entries else " none"))
    for entry in entries:
        if entry.template is not None:
            print(f"    {entry.id}  {entry.template.name}, {len(entry.template.fields)} fields")
        else:
            print(f"    {entry.id}  broken: {entry.error}")


def _schema_text(schema: dict[str, Any]) -> str:
    choices = f" one of {', '.join(map(str, schema['enum']))}" if "enum" in schema else ""
    return f"{schema.get('type', '')}{choices}  {schema.get('description', '')}".strip()
