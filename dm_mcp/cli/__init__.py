"""The command line: ``dm-mcp init | serve | run | list | generate | check | runs | logs | cancel | rerun | export``.

Each command is a file of this package, which adds its own parser and holds what it does; `_COMMANDS` lists them. A
command imports what it needs when it is called, so that the others, and ``--help``, start quickly.

Exit status: 0 all well; 1 the run failed, or the check found a fault; 2 the command, the scenario's name, a parameter
or the workspace is wrong; 124 the run reached its time limit; 130 interrupted; 141 nobody reads the output any more, as
before ``| head``: a run is cancelled then.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from dm_mcp import __version__
from dm_mcp.cli import cancel, check, export, generate, init, logs, rerun, run, runs, serve
from dm_mcp.cli import list as list_
from dm_mcp.cli.arguments import Commands
from dm_mcp.cli.exit_status import ExitStatus, status_of
from dm_mcp.errors import DmError

__all__ = ["build_parser", "main"]

_COMMANDS = (init, serve, run, list_, generate, check, runs, logs, cancel, rerun, export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    args = build_parser().parse_args(arguments)
    try:
        return asyncio.run(_until_terminated(args.command(args)))
    except DmError as error:
        print(f"dm-mcp: {error.code}: {error}", file=sys.stderr)
        if getattr(args, "json", False):
            print(json.dumps({"error": error.to_dict()}, ensure_ascii=False))
        return status_of(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - what is left in its buffer has no reader
        return ExitStatus.PIPE_CLOSED
    except OSError as error:  # a disk that is full under our output
        print(f"dm-mcp: the output can't be written: {error.strerror}.", file=sys.stderr)
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - what is left in its buffer can't be written either
        return ExitStatus.FAILED
    finally:
        gc.freeze()  # the process ends: looking for garbage among all that was imported would take it 0.2 s


async def _until_terminated(command: Coroutine[Any, Any, int]) -> int:
    """Let Ctrl-C, SIGTERM and a closed terminal end a command in order, and what it started with it.

    Ctrl-C in a shell's background too, where it is ignored at first; a closed terminal not under ``nohup``.
    """
    task = asyncio.ensure_future(command)
    closed = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
    for number in (signal.SIGINT, signal.SIGTERM, *closed):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await task


def build_parser() -> argparse.ArgumentParser:
    """Every command with its options and help."""
    parser = argparse.ArgumentParser(
        prog="dm-mcp",
        description="Realistic, consistent test data, pushed into real systems by scenarios.",
        epilog="Exit status: 0 well, 1 failed, 2 wrong input, 124 time limit, 130 interrupted, 141 output not read.",
    )
    parser.add_argument("--workspace", metavar="DIR", help="the same as after the command")
    parser.add_argument("--version", action="version", version=f"dm-mcp {__version__}")
    commands = Commands(parser)
    for command in _COMMANDS:
        command.add(commands)
    return parser
