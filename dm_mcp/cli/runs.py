"""``dm-mcp runs``: the history."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING

from dm_mcp.cli.arguments import Commands, open_history
from dm_mcp.cli.exit_status import ExitStatus

if TYPE_CHECKING:
    from dm_mcp.runs.run import Run

__all__ = ["add"]

_STATUSES = ("queued", "running", "done", "failed", "cancelled", "timed_out", "interrupted")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("runs", _runs, "list runs, the latest first, whoever started them")
    parser.add_argument("--scenario", metavar="ID", help="only runs of this scenario")
    parser.add_argument("--status", choices=_STATUSES, metavar="STATUS", help=f"only these: {', '.join(_STATUSES)}")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many (default: 20)")
    parser.add_argument("--json", action="store_true", help="print the runs as JSON")


async def _runs(args: argparse.Namespace) -> int:
    from dm_mcp.runs.run import Status
    from dm_mcp.server.answers.run import RunRecord

    async with open_history(args) as history:
        status = Status(args.status) if args.status else None
        runs = (await history.find(scenario=args.scenario, status=status, limit=max(args.limit, 1))).runs
    if args.json:
        print(json.dumps([RunRecord.of(run).model_dump(mode="json") for run in runs], ensure_ascii=False))
    elif runs:
        _print_table(runs)
    else:
        print("no runs")
    return ExitStatus.WELL


def _print_table(runs: list[Run]) -> None:
    rows = [("RUN", "STATUS", "CREATED", "SECONDS", "ROWS", "ERROR", "SCENARIO")]
    for run in runs:
        stored = sum(counts.inserted + counts.updated for counts in run.stored.values())
        created = datetime.fromtimestamp(run.created).astimezone().isoformat(" ", "seconds")  # local, with the zone
        error = run.error.code if run.error else "-"
        rows.append((run.id, run.status, created, f"{run.duration:.1f}", str(stored), error, run.scenario_id))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
