"""``dm-mcp cancel``: end a run, whichever server on this workspace it belongs to."""

from __future__ import annotations

import argparse

from dm_mcp.cli.arguments import Commands, add_run, open_history
from dm_mcp.cli.exit_status import ExitStatus

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    add_run(commands.add("cancel", _cancel, "end a run, whoever started it, and wait until nothing is left of it"))


async def _cancel(args: argparse.Namespace) -> int:
    async with open_history(args) as history:
        run = await history.get(args.run)
        if run.status.ended:
            print(f"{run.id} had ended before: {run.status}")
            return ExitStatus.WELL
        await history.cancel(run)
        run = await history.get(args.run)
    print(f"{run.id}: {run.status}")
    return ExitStatus.WELL
