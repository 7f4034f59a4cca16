"""``dm-mcp logs``: what a run has written, and what it still writes."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from dm_mcp.cli.arguments import Commands, add_run, open_history
from dm_mcp.cli.exit_status import ExitStatus, status_of_run

if TYPE_CHECKING:
    from dm_mcp.runs.history import History

__all__ = ["add"]

_LEVELS = ("debug", "info", "warn", "error")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("logs", _logs, "print the log of a run")
    add_run(parser)
    parser.add_argument(
        "-f", "--follow", action="store_true", help="go on until the run ends, and tell how: by the exit status too"
    )
    parser.add_argument("--level", choices=_LEVELS, default="debug", help="the least level (default: debug)")


async def _logs(args: argparse.Namespace) -> int:
    from dm_mcp.console import follow_run, summarise

    levels = _LEVELS[_LEVELS.index(args.level) :]
    async with open_history(args) as history:
        if told := (await history.get(args.run)).not_kept():
            print(f"dm-mcp: {told}", file=sys.stderr)
        if not args.follow:
            await _print_stored(history, args.run, levels)
            return ExitStatus.WELL
        async with history.follow(args.run, after=0) as run:
            await follow_run(run, sys.stdout, levels)
            summarise(run, sys.stderr)
    return status_of_run(run.status)


async def _print_stored(history: History, run_id: str, levels: tuple[str, ...]) -> None:
    """Print page by page: a log may be larger than we want to hold."""
    from dm_mcp.console import write_lines

    after = 0
    while lines := await history.lines(run_id, after=after, levels=levels):
        write_lines(lines, sys.stdout)
        after = lines[-1].number
