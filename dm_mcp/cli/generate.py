"""``dm-mcp generate``: rows of a template, printed or written to a file."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dm_mcp.cli.arguments import Commands, json_or_text, open_workspace, pairs
from dm_mcp.cli.exit_status import ExitStatus
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
    with _output(args.output) as out:

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


@contextmanager
def _output(path: Path | None) -> Generator[BinaryIO]:
    """Standard output, or a file that is replaced only when all of it was written."""
    if path is None:
        yield sys.stdout.buffer
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    except OSError as error:
        raise InvalidRequest(f"The file can't be written: {error.strerror}.", file=str(path)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
