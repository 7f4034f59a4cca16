"""The command line: ``dm-mcp serve | run | list | generate | check``.

Exit status: 0 all well; 1 the run failed, or the check found a fault; 2 the command, the scenario's name, a parameter
or the workspace is wrong; 124 the run reached its time limit; 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dm_mcp import __version__
from dm_mcp.errors import ConnectionFailed, DmError, InvalidRequest, RunError, RunTimedOut, TargetError
from dm_mcp.workspace.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from dm_mcp.runs.run import Run

__all__ = ["build_parser", "main"]

_FAILED, _USAGE, _TIMED_OUT, _INTERRUPTED = 1, 2, 124, 130
_AT_WORK = (RunError, ConnectionFailed, TargetError)
"""What goes wrong although the command is right."""
_GENERATE_SECONDS = 24 * 3600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    args = build_parser().parse_args(arguments)
    try:
        workspace = Workspace(find_workspace(args.workspace, os.environ))
        return asyncio.run(_until_terminated(args.command(workspace, args)))
    except DmError as error:
        print(f"dm-mcp: {error.code}: {error}", file=sys.stderr)
        if getattr(args, "json", False):
            print(json.dumps({"error": error.to_dict()}, ensure_ascii=False))
        return _TIMED_OUT if isinstance(error, RunTimedOut) else _FAILED if isinstance(error, _AT_WORK) else _USAGE
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the reader of our output has gone, as `| head` does
        return 0
    except OSError as error:  # a disk that is full under our output
        print(f"dm-mcp: the output can't be written: {error.strerror}.", file=sys.stderr)
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - what is left in its buffer can't be written either
        return _FAILED


async def _until_terminated(command: Coroutine[Any, Any, int]) -> int:
    """Let Ctrl-C and SIGTERM end a command in order, and what it started with it; in a shell's background too."""
    task = asyncio.ensure_future(command)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await task


async def _serve(workspace: Workspace, _: argparse.Namespace) -> int:
    from dm_mcp.server.stdio import serve_stdio

    await serve_stdio(workspace)
    return 0


async def _run(workspace: Workspace, args: argparse.Namespace) -> int:
    from dm_mcp.console import follow_run, summarise
    from dm_mcp.runs.engine import Engine
    from dm_mcp.runs.run import Status
    from dm_mcp.workspace.params import coerce_params
    from dm_mcp.workspace.phrases import find_scenario

    scenario = find_scenario(args.scenario, workspace.scenarios())
    params = coerce_params(scenario.header, _pairs(args.param, "-p"))
    log = sys.stderr if args.json else sys.stdout
    async with Engine(workspace) as engine:
        run = await engine.start(scenario, params, args.seed)
        try:
            await follow_run(run, log)
        except asyncio.CancelledError:
            await engine.cancel(run)
            summarise(run, sys.stderr)
            if args.json:
                _print_json(run)
            raise
    if args.json:
        _print_json(run)
    else:
        summarise(run, sys.stdout)
    return {Status.DONE: 0, Status.TIMED_OUT: _TIMED_OUT}.get(run.status, _FAILED)


def _print_json(run: Run) -> None:
    from dm_mcp.runs.results import RunResult

    print(json.dumps(RunResult.of(run).model_dump(mode="json"), ensure_ascii=False), flush=True)


async def _list(workspace: Workspace, args: argparse.Namespace) -> int:
    from dm_mcp.runs.results import ScenarioInfo

    scenarios = workspace.scenarios()
    if args.json:
        print(json.dumps([ScenarioInfo.of(s).model_dump(mode="json") for s in scenarios], ensure_ascii=False))
        return 0
    for scenario in scenarios:
        print(f"{scenario.id}\n    {scenario.title}" + (f": {scenario.description}" if scenario.description else ""))
        for name, schema in scenario.params.get("properties", {}).items():
            print(
                f"    -p {name}={json.dumps(schema.get('default', '...'), ensure_ascii=False)}  {_schema_text(schema)}"
            )
        if scenario.error is not None:
            print(f"    broken: {scenario.error}")
    print("\ntemplates: " + (", ".join(entry.id for entry in workspace.templates()) or "none"))
    print("connections: " + (", ".join(workspace.config.connections) or "none"))
    return 0


async def _generate(workspace: Workspace, args: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine

    template = workspace.template(args.template)
    overrides = {name: _json_or_text(value) for name, value in _pairs(args.override, "--override").items()}
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
                timeout=_GENERATE_SECONDS,
            )
        if args.format == "json":
            out.write(b"\n")
        out.flush()
    print(f"{args.count} rows of {template.id}, seed {made.seed}", file=sys.stderr)
    return 0


async def _check(workspace: Workspace, _: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine

    faults = 0

    def tell(ok: bool, name: str, detail: object) -> None:
        nonlocal faults
        faults += not ok
        print(f"{'ok   ' if ok else 'FAULT'}  {name}: {detail}")

    async with Engine(workspace) as engine:
        tell(True, "workspace", workspace.root)
        for scenario in workspace.scenarios():
            tell(scenario.error is None, f"scenario {scenario.id}", scenario.error or scenario.title)
        for entry in workspace.templates():
            told = entry.error or (entry.template and f"{len(entry.template.fields)} fields")
            tell(entry.error is None, f"template {entry.id}", told)
        for connection_id in workspace.config.connections:
            try:
                tell(True, f"connection {connection_id}", await engine.targets.get(connection_id).verify())
            except DmError as error:
                tell(False, f"connection {connection_id}", error)
        await engine.warm_up()
        tell(True, "isolation", f"{engine.supervisor.isolation} ({engine.supervisor.isolation_note or 'probed'})")
    return _FAILED if faults else 0


def build_parser() -> argparse.ArgumentParser:
    """Every command with its options and help."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--workspace",
        metavar="DIR",
        default=argparse.SUPPRESS,  # it may stand before the command too
        help="the workspace (default: $DM_WORKSPACE, ./scenarios)",
    )
    parser = argparse.ArgumentParser(
        prog="dm-mcp",
        description="Realistic, consistent test data, pushed into real systems by scenarios.",
        epilog="Exit status: 0 well, 1 failed, 2 wrong input, 124 time limit, 130 interrupted.",
    )
    parser.add_argument("--workspace", metavar="DIR", help="the same as after the command")
    parser.add_argument("--version", action="version", version=f"dm-mcp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Callable[..., Coroutine[Any, Any, int]], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".", parents=[common])
        made.set_defaults(command=function)
        return made

    command("serve", _serve, "serve the workspace's tools to an MCP client on standard input and output")

    run = command("run", _run, "run a scenario and show its log live")
    run.add_argument("scenario", help='id, title, or a phrase such as "the regression seeding scenario"')
    run.add_argument("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeatable")
    run.add_argument("--seed", type=int, metavar="N", help="same seed, same rows (default: picked, and told)")
    run.add_argument("--json", action="store_true", help="print the result as JSON; the log goes to standard error")

    list_ = command("list", _list, "list scenarios with their parameters, templates and connections")
    list_.add_argument("--json", action="store_true", help="print the scenarios as JSON")

    generate = command("generate", _generate, "print rows of a template, or write them to a file")
    generate.add_argument("template", help="id or name of a template")
    generate.add_argument("--count", type=int, default=10, metavar="N", help="rows to make (default: 10)")
    generate.add_argument("--seed", type=int, metavar="N", help="the same seed makes the same rows")
    generate.add_argument("--format", choices=("json", "jsonl"), default="json", help="default: json")
    generate.add_argument(
        "--override",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help='a constant in place of a field, or {"pick_from": [...]}; repeatable',
    )
    generate.add_argument("--output", type=Path, metavar="FILE", help="write to a file (default: standard output)")

    command("check", _check, "check scenarios, templates, connections and the isolation of runs")
    return parser


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise InvalidRequest(f"{option} {text!r:.80} has no value.", hint=f"Write {option} NAME=VALUE.")
        if name in pairs:
            raise InvalidRequest(f"{option} {name} is given twice.", hint="Give it once.")
        pairs[name] = value
    return pairs


def _json_or_text(text: str) -> Any:
    """``30`` is a number, ``{"pick_from": [1, 2]}`` an object, and what is no JSON is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _schema_text(schema: dict[str, Any]) -> str:
    choices = f" one of {', '.join(map(str, schema['enum']))}" if "enum" in schema else ""
    return f"{schema.get('type', '')}{choices}  {schema.get('description', '')}".strip()


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
