"""The MCP server: the engine's tools, for agents."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal, ParamSpec, TypeVar

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from dm_mcp import __version__
from dm_mcp.errors import DmError, InvalidRequest
from dm_mcp.generation.schema import MAX_SEED
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.results import GenerateResult, RunResult, ScenarioInfo, ScenarioList
from dm_mcp.runs.run import Run, Status
from dm_mcp.server.progress import relay
from dm_mcp.server.strict_tool import StrictTool
from dm_mcp.workspace.phrases import find_scenario
from dm_mcp.workspace.scenarios import Scenario

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template

__all__ = ["build_server"]

_INSTRUCTIONS = """\
Seeds real systems with realistic, consistent test data. A scenario is a script that makes rows from templates and loads
them through connections. Start with list_scenarios; run one with execute_scenario, by id, title or a phrase. generate
shows rows without storing them."""

_MAX_ROWS = 1000
_MAX_BYTES = 4 * 1024 * 1024
_SHOWN_TEXT = 20_000  # characters: what the common clients take as one result
_PAGE = 50

_Args = ParamSpec("_Args")
_Returned = TypeVar("_Returned")

Seed = Annotated[int | None, Field(ge=0, le=MAX_SEED, description="same seed, same rows; default: picked and returned")]
Wait = Annotated[float, Field(ge=0, le=3600, description="seconds to wait for the run's end")]


def build_server(engine: Engine) -> MCPServer[Any]:
    """An MCP server for the engine's workspace; the engine outlives it."""
    tools = _Tools(engine)
    reading = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    running = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True)
    return MCPServer(
        "dm-mcp",
        title="dm-mcp",
        version=__version__,
        instructions=_INSTRUCTIONS,
        log_level="WARNING",
        tools=[
            StrictTool.from_function(tools.list_scenarios, title="List scenarios", annotations=reading),
            StrictTool.from_function(tools.execute_scenario, title="Run a scenario", annotations=running),
            StrictTool.from_function(tools.get_run, title="Get a run", annotations=reading),
            StrictTool.from_function(tools.generate, title="Generate rows", annotations=reading),
        ],
    )


def _as_tool_error(tool: Callable[_Args, Awaitable[_Returned]]) -> Callable[_Args, Awaitable[_Returned]]:
    """Let a failure that the caller can mend reach it as a tool error: code, what, where, what to do."""

    @wraps(tool)
    async def wrapped(*args: _Args.args, **kwargs: _Args.kwargs) -> _Returned:
        try:
            return await tool(*args, **kwargs)
        except DmError as error:
            raise ToolError(f"{error.code}: {error}") from error

    return wrapped


class _Tools:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @_as_tool_error
    async def list_scenarios(
        self,
        query: Annotated[str | None, Field(description="words of the id, title or description")] = None,
        tag: Annotated[str | None, Field(description="only scenarios with this tag")] = None,
        limit: Annotated[int, Field(ge=1, le=200, description="scenarios a page")] = _PAGE,
        cursor: Annotated[str | None, Field(description="next_cursor of the page before")] = None,
    ) -> ScenarioList:
        """List the scenarios that can be run, with their parameters. One with an `error` is broken and says why."""
        found = [s for s in self._engine.workspace.scenarios() if _fits(s, query, tag)]
        start = _offset(cursor)
        page = found[start : start + limit]
        return ScenarioList(
            scenarios=[ScenarioInfo.of(scenario) for scenario in page],
            total=len(found),
            next_cursor=str(start + limit) if start + limit < len(found) else None,
        )

    @_as_tool_error
    async def execute_scenario(
        self,
        scenario: Annotated[str, Field(description='id, title, or a phrase: "run the regression seeding scenario"')],
        ctx: Context[Any, Any],
        params: Annotated[dict[str, Any] | None, Field(description="as list_scenarios describes them")] = None,
        seed: Seed = None,
        wait_seconds: Wait = 45,
    ) -> Annotated[CallToolResult, RunResult]:
        """Run a scenario: it changes the systems behind its connections. Log lines arrive as progress while it runs.

        Past wait_seconds the status is "running" and the run goes on: follow it with get_run.
        """
        run = await self._engine.start(find_scenario(scenario, self._engine.workspace.scenarios()), params, seed)
        try:
            with anyio.move_on_after(wait_seconds):
                await relay(run, ctx.report_progress)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._engine.cancel(run)
            raise
        return _run_result(run)

    @_as_tool_error
    async def get_run(
        self,
        run_id: Annotated[str, Field(description="as execute_scenario gave it")],
        ctx: Context[Any, Any],
        wait_seconds: Wait = 0,
    ) -> Annotated[CallToolResult, RunResult]:
        """Show a run: status, rows stored, result or error, last log lines. Waits for its end if asked to."""
        async with self._engine.history.follow(run_id) as run:
            with anyio.move_on_after(wait_seconds):
                await relay(run, ctx.report_progress)
            return _run_result(run)

    @_as_tool_error
    async def generate(
        self,
        template: Annotated[str | None, Field(description="id or name of a template")] = None,
        fields: Annotated[
            list[dict[str, Any]] | None,
            Field(max_length=200, description='in place of a template: [{"name": "email", "type": "email"}, ...]'),
        ] = None,
        count: Annotated[int, Field(ge=0, le=_MAX_ROWS, description="rows to make")] = 10,
        seed: Seed = None,
        overrides: Annotated[
            dict[str, Any] | None, Field(description='by field: a constant, or {"pick_from": [...], "weights": [...]}')
        ] = None,
        format: Annotated[  # noqa: A002 - the argument's name on the wire
            Literal["json", "jsonl"], Field(description="json: a list; jsonl: a line a row")
        ] = "json",
    ) -> Annotated[CallToolResult, GenerateResult]:
        """Make rows of a template, or of fields given inline, and show them. Nothing is stored."""
        chosen = self._template(template, fields)
        output = bytearray()

        async def keep(chunk: bytes) -> None:
            output.extend(chunk)
            if len(output) > _MAX_BYTES:
                raise InvalidRequest(f"The rows take more than {_MAX_BYTES} bytes.", hint="Ask for fewer rows.")

        made = await self._engine.generator.generate(
            chosen, count, keep, seed=seed, overrides=overrides, format_="jsonl"
        )
        lines = output.decode().split("\n")[:-1]
        shown = _first_lines(lines)
        note = None
        if len(shown) < len(lines):
            note = f"{len(shown)} of {count} rows are shown; `dm-mcp generate` writes any number of them to a file."
        result = GenerateResult(template=chosen.id, seed=made.seed, columns=made.columns, count=count, note=note)
        if format == "json":
            result.rows = [json.loads(line) for line in shown]
            text = "[" + ",\n".join(shown) + "]"
        else:
            result.text = text = "\n".join(shown)
        return _result(f"{text}\n{note}" if note else text, result.model_dump(mode="json"))

    def _template(self, name: str | None, fields: Sequence[dict[str, Any]] | None) -> Template:
        if (name is None) == (fields is None):
            ids = ", ".join(entry.id for entry in self._engine.workspace.templates()) or "none"
            hint = f"Templates: {ids}. Types of fields: {', '.join(_field_types())}."
            raise InvalidRequest("Give either `template` or `fields`.", hint=hint)
        if name is not None:
            return self._engine.workspace.template(name)
        from dm_mcp.generation.template import parse_template  # noqa: PLC0415 - numpy and Faker, after the first answer

        return parse_template({"id": "inline", "name": "inline", "fields": fields})


def _field_types() -> Sequence[str]:
    from dm_mcp.generation.registry import field_types  # noqa: PLC0415 - numpy and Faker, after the first answer

    return list(field_types())


def _fits(scenario: Scenario, query: str | None, tag: str | None) -> bool:
    text = f"{scenario.id} {scenario.title} {scenario.description}".casefold()
    return all(word in text for word in (query or "").casefold().split()) and (tag is None or tag in scenario.tags)


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise InvalidRequest(f"{cursor!r:.50} is no cursor.", hint="Pass next_cursor of the page before, or nothing.")
    return int(cursor)


def _first_lines(lines: Sequence[str]) -> list[str]:
    room, shown = _SHOWN_TEXT, list[str]()
    for line in lines:
        room -= len(line) + 2
        if room < 0 and shown:
            break
        shown.append(line)
    return shown


def _run_result(run: Run) -> CallToolResult:
    result = RunResult.of(run)
    ok = run.status in (Status.DONE, Status.RUNNING, Status.QUEUED)
    return _result(result.as_text(), result.model_dump(mode="json"), is_error=not ok)


def _result(text: str, data: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=data, is_error=is_error)
