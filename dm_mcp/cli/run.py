"""``dm-mcp run``: one run of a scenario, its log live."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from dm_mcp.cli.arguments import Commands, open_workspace, pairs
from dm_mcp.cli.exit_status import ExitStatus

if TYPE_CHECKING:
    from dm_mcp.runs.run import Run

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("run", _run, "run a scenario and show its log live")
    parser.add_argument("scenario", help='id, title, or a phrase such as "the regression seeding scenario"')
    parser.add_argument(
        "-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeatable"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="same seed, same rows (default: picked, and told)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON; the log goes to standard error")


async def _run(args: argparse.Namespace) -> int:
    from dm_mcp.console import follow_run, summarise
    from dm_mcp.runs.engine import Engine
    from dm_mcp.runs.run import Status
    from dm_mcp.workspace.params import coerce_params
    from dm_mcp.workspace.phrases import find_scenario

    workspace = open_workspace(args)
    scenario = find_scenario(args.scenario, workspace.scenarios())
    params = coerce_params(scenario.header, pairs(args.param, "-p"))
    log = sys.stderr if args.json else sys.stdout
    async with Engine(workspace) as engine:
        run = engine.start(scenario, params, args.seed)
        try:
            await follow_run(run, log)
        except asyncio.CancelledError:
            await engine.cancel(run)
            summarise(run, sys.stderr)
            if args.json:
                _print_json(run)
            raise
        except BrokenPipeError:
            await engine.cancel(run)
            with suppress(BrokenPipeError):
                summarise(run, sys.stderr)
            raise
    if args.json:
        _print_json(run)
    else:
        summarise(run, sys.stdout)
    return {Status.DONE: ExitStatus.WELL, Status.TIMED_OUT: ExitStatus.TIMED_OUT}.get(run.status, ExitStatus.FAILED)


def _print_json(run: Run) -> None:
    from dm_mcp.runs.results import RunResult

    print(json.dumps(RunResult.of(run).model_dump(mode="json"), ensure_ascii=False), flush=True)
