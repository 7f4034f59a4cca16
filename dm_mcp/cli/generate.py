"""``dm-mcp generate``: rows of a template, printed or written to a file."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dm_mcp.cli.arguments import Commands, json_or_text, open_workspace, pairs
from dm_mcp.cli.exit_status import ExitStatus
from dm_mcp.cli.output import open_output
from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.render.formats import FORMATS, Format
from dm_mcp.generation.render.sql_dialects import DIALECTS

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template
    from dm_mcp.workspace.workspace import Workspace

__all__ = ["add"]

_MOST_BYTES = 512 * 1024  # of fields or a schema
_SECONDS = 24 * 3600.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("generate", _generate, "print rows of a template, or write them to a file")
    parser.add_argument("template", nargs="?", help="id or name of a template")
    parser.add_argument(
        "--fields", metavar="JSON", help="in place of a template: a list of fields, or @FILE that holds one"
    )
    parser.add_argument("--schema", type=Path, metavar="FILE", help="in place of a template: a JSON Schema")
    parser.add_argument("--count", type=int, default=10, metavar="N", help="rows to make (default: 10)")
    parser.add_argument("--seed", type=int, metavar="N", help="the same seed makes the same rows")
    parser.add_argument("--format", choices=tuple(FORMATS), help="default: that of the file's ending, or json")
    parser.add_argument(
        "--override",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help='a constant in place of a field, or {"pick_from": [...]}; repeatable',
    )
    parser.add_argument("--dialect", choices=tuple(DIALECTS), default="postgresql", help="of sql (default: postgresql)")
    parser.add_argument("--table", metavar="NAME", help="of sql (default: the template's id)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to a file (default: standard output)")


async def _generate(args: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine

    workspace = open_workspace(args)
    template = _template(args, workspace)
    format_ = _format(args)
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
                format_=format_.name,
                table=args.table,
                dialect=args.dialect,
                timeout=_SECONDS,
            )
        if format_.name == "json":
            out.write(b"\n")
        out.flush()
    for line in (*made.notices, f"{args.count} rows of {template.id}, seed {made.seed}"):
        print(line, file=sys.stderr)
    return ExitStatus.WELL


def _template(args: argparse.Namespace, workspace: Workspace) -> Template:
    """The one that is named or given. Raises `InvalidRequest` for none and for several."""
    given = [each for each in (args.template, args.fields, args.schema) if each is not None]
    if len(given) != 1:
        raise InvalidRequest("Give one of a template, --fields and --schema.", hint="`dm-mcp list` shows templates.")
    if args.template is not None:
        return workspace.template(args.template)
    from dm_mcp.generation.inline import inline_template
    from dm_mcp.generation.json_schema import template_from_schema

    if args.schema is not None:
        path: Path = args.schema
        return template_from_schema(_json(_read(path), str(path)), path.name.partition(".")[0] or "inline")
    text: str = args.fields
    return inline_template(_json(_read(Path(text[1:])) if text.startswith("@") else text, "--fields"))


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise InvalidRequest("There is no such file.", file=str(path))
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise InvalidRequest(f"The file is longer than {_MOST_BYTES // 1024} KiB.", file=str(path))
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InvalidRequest(f"The file can't be read: {reason}.", file=str(path)) from error


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(
            f"{where} holds no JSON: {error}.", hint='Write [{"name": "id", "type": "uuid"}].'
        ) from None


def _format(args: argparse.Namespace) -> Format:
    """The format that was asked for, or that the file's ending says. Raises `InvalidRequest`."""
    ending = args.output.suffix.lower() if args.output else ""
    endings = [each.ending for each in FORMATS.values()]
    if ending and not args.format and ending not in endings:
        raise InvalidRequest(
            f"No format has the ending {ending!r}.", hint=f"Endings: {', '.join(endings)}; or --format."
        )
    by_ending = next((each.name for each in FORMATS.values() if each.ending == ending), "json")
    chosen = FORMATS[args.format or by_ending]
    if chosen.binary and args.output is None and sys.stdout.isatty():
        raise InvalidRequest(f"The format {chosen.name} is not for a terminal.", hint="Add --output FILE.")
    return chosen
