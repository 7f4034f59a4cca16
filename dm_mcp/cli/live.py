"""A run that a command starts, from its first line to its end."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from dm_mcp.cli.exit_status import ExitStatus, status_of_run

if TYPE_CHECKING:
    from dm_mcp.runs.engine import Engine
    from dm_mcp.runs.run import Run

__all__ = ["add_json", "watch"]


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option that `watch` looks at."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON; the log goes to standard error")


async def watch(engine: Engine, run: Run, *, as_json: bool) -> ExitStatus:
    """Show the log live and how the run ended; being cancelled cancels the run, and so does a reader that leaves."""
    from dm_mcp.console import follow_run, summarise

    try:
        await follow_run(run, sys.stderr if as_json else sys.stdout)
    except asyncio.CancelledError:
        await engine.cancel(run)
        summarise(run, sys.stderr)
        if as_json:
            _print_json(run)
        raise
    except BrokenPipeError:
        await engine.cancel(run)
        with suppress(BrokenPipeError):
            summarise(run, sys.stderr)
        raise
    if as_json:
        _print_json(run)
    else:
        summarise(run, sys.stdout)
    return status_of_run(run.status)


def _print_json(run: Run) -> None:
    from dm_mcp.server.answers.run import RunRecord

    print(json.dumps(RunRecord.of(run).model_dump(mode="json"), ensure_ascii=False), flush=True)
