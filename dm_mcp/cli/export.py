"""``dm-mcp export``: a run and its log as data, to keep or to send along with a question."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dm_mcp.cli.arguments import Commands, add_run, open_history
from dm_mcp.cli.exit_status import ExitStatus
from dm_mcp.cli.output import open_output

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("export", _export, "print a run and its log as JSON lines: first the run, then a line each")
    add_run(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to a file (default: standard output)")


async def _export(args: argparse.Namespace) -> int:
    from dm_mcp.server.answers.log import LineInfo
    from dm_mcp.server.answers.run import RunRecord

    async with open_history(args) as history:
        run = await history.get(args.run)
        with open_output(args.output) as out:
            out.write(_json(RunRecord.of(run)))
            after = 0
            while lines := await history.lines(run.id, after=after):
                out.write(b"".join(_json(LineInfo.of(line)) for line in lines))
                after = lines[-1].number
            out.flush()
    return ExitStatus.WELL


def _json(told: BaseModel) -> bytes:
    return told.model_dump_json().encode() + b"\n"
