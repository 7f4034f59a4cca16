"""``dm-mcp run``: one run of a scenario, its log live."""

from __future__ import annotations

import argparse

from dm_mcp.cli.arguments import Commands, open_workspace, pairs
from dm_mcp.cli.live import add_json, watch

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("run", _run, "run a scenario and show its log live")
    parser.add_argument("scenario", help='id, title, or a phrase such as "the regression seeding scenario"')
    parser.add_argument(
        "-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeatable"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="same seed, same rows (default: picked, and told)")
    add_json(parser)


async def _run(args: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine
    from dm_mcp.workspace.params import coerce_params
    from dm_mcp.workspace.phrases import find_scenario

    workspace = open_workspace(args)
    scenario = find_scenario(args.scenario, workspace.scenarios())
    params = coerce_params(scenario.header, pairs(args.param, "-p"))
    async with Engine(workspace) as engine:
        return await watch(engine, await engine.start(scenario, params, args.seed, caller="cli"), as_json=args.json)
