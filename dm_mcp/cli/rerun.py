"""``dm-mcp rerun``: a run of the history, once more."""

from __future__ import annotations

import argparse

from dm_mcp.cli.arguments import Commands, add_run, open_workspace
from dm_mcp.cli.live import add_json, watch

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("rerun", _rerun, "run a scenario again with the parameters and the seed of an earlier run")
    add_run(parser)
    add_json(parser)


async def _rerun(args: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine

    async with Engine(open_workspace(args)) as engine:
        run = await engine.rerun(await engine.history.get(args.run), caller="cli")
        return await watch(engine, run, as_json=args.json)
