"""``dm-mcp generate``: rows of a template, printed or written to a file."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from dm_mcp.cli.arguments import Commands, json_or_text, open_workspace, pairs
from dm_mcp.cli.exit_status import ExitStatus
from dm_mcp.cli.output import open_output
from dm_mcp.errors import InvalidRequest

__all__ = ["add"]

_SECONDS = 24 * 3600.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("generate", _generate, "print rows of a template, or write them to a file")
    parser.add_argument("template", help="id or name of a template")
    parser.add_argument("--count", type=int, default=10, metavar="N", help="rows to make (default: 10)")
    parser.add_argument("--seed", type=int, metavar="N", help="the same seed makes the same rows")
    parser.add_argument("--format", choices=("json", "jsonl"), default="json", help="default: json")
    parser.add_argument(
        "--override",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help='a constant in place of a field, or {"pick_from": [...]}; repeatable',
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to a file (default: standard output)")


async def _generate(args: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine

    workspace = open_workspace(args)
    template = workspace.template(args.template)
    overrides = {name: json_or_text(value) for name, value in pairs(args.override, "--override").items()}
    with open_output(args.output) as out:

        async def write(chunk: bytes) -> None:
            try:
                await asyncio.to_thread(out.write, chunk)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise InvalidRequest(f"The rows can't be written: {error.strerror}.", file=str(args.output)) from error

        async with Engine(workspace) as engine:
            made = await engine.generator.generate(
                template,
                args.count,
                write,
                seed=args.seed,
                overrides=overrides,
                format_=args.format,
                timeout=_SECONDS,
            )
        if args.format == "json":
            out.write(b"\n")
        out.flush()
    print(f"{args.count} rows of {template.id}, seed {made.seed}", file=sys.stderr)
    return ExitStatus.WELL
