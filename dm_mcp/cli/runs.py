"""``dm-mcp runs``: the history."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING

from dm_mcp.cli.arguments import Commands, open_history
from dm_mcp.cli.exit_status import ExitStatus

if TYPE_CHECKING:
    from dm_mcp.runs.history import History
    from dm_mcp.runs.run import Run

__all__ = ["add"]

_STATUSES = ("queued", "running", "done", "failed", "cancelled", "timed_out", "interrupted")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("runs", _runs, "list runs, the latest first, whoever started them")
    parser.add_argument("--scenario", metavar="SCENARIO", help="only runs of this one: its id, title, or a phrase")
    parser.add_argument("--status", choices=_STATUSES, metavar="STATUS", help=f"only these: {', '.join(_STATUSES)}")
    parser.add_argument("--limit", type=_limit, default=20, metavar="N", help="at most so many (default: 20)")
    parser.add_argument("--json", action="store_true", help="print the runs as JSON")


async def _runs(args: argparse.Namespace) -> int:
    from dm_mcp.runs.run import Status
    from dm_mcp.server.answers.run import RunRecord

    async with open_history(args) as history:
        status = Status(args.status) if args.status else None
        scenario = await _scenario_id(args.scenario, history) if args.scenario is not None else None
        runs = (await history.find(scenario=scenario, status=status, limit=args.limit)).runs
    if args.json:
        print(json.dumps([RunRecord.of(run).model_dump(mode="json") for run in runs], ensure_ascii=False))
    elif runs:
        _print_table(runs)
    else:
        print("no runs")
    return ExitStatus.WELL


async def _scenario_id(given: str, history: History) -> str:
    """The id that is meant: one that the history knows, else a scenario of the workspace, as `dm-mcp run` finds it.

    Raises `ScenarioNotFound` and `ScenarioUnclear`.
    """
    from dm_mcp.workspace.phrases import find_scenario

    if (await history.find(scenario=given, limit=1)).runs:
        return given  # it may be gone from the workspace
    return find_scenario(given, history.workspace.scenarios()).id


def _limit(text: str) -> int:
    limit = int(text)
    if limit < 1:
        raise argparse.ArgumentTypeError(f"{limit} is too few: 1 or more")
    return limit


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
