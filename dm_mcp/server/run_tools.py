"""The tools that start runs, and that look after them."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Annotated, Any, Literal

import anyio
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import Field

from dm_mcp.generation.schema import MAX_SEED
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run, Status
from dm_mcp.runs.store import LEVELS
from dm_mcp.server.answers.bounds import page_size
from dm_mcp.server.answers.cursors import offset
from dm_mcp.server.answers.log import LineInfo, LogPage
from dm_mcp.server.answers.run import RunList, RunResult, RunSummary
from dm_mcp.server.answers.tool_result import tool_result
from dm_mcp.server.elicitation import with_missing_params
from dm_mcp.server.progress import relay
from dm_mcp.server.strict_tool import StrictTool
from dm_mcp.server.tool_errors import as_tool_error
from dm_mcp.workspace.phrases import find_scenario

__all__ = ["RunTools", "Seed"]

Seed = Annotated[int | None, Field(ge=0, le=MAX_SEED, description="same seed, same rows; default: picked and returned")]
_Wait = Annotated[float, Field(ge=0, le=3600, description="seconds to wait for the run's end")]
_RunId = Annotated[str, Field(max_length=100, description="as execute_scenario or list_runs gave it")]

_READING = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_RUNNING = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True)
_ENDING = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

_MAX_CALLER = 80


class RunTools:
    """Their methods are tools; `tools` gives them as the SDK wants them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._history = engine.history

    @property
    def tools(self) -> list[Tool]:
        """The tools, in the order in which clients see them."""
        make = StrictTool.from_function
        return [
            make(self.execute_scenario, title="Run a scenario", annotations=_RUNNING),
            make(self.get_run, title="Get a run", annotations=_READING),
            make(self.get_scenario_run_logs, title="Read a run's log", annotations=_READING),
            make(self.list_runs, title="List runs", annotations=_READING),
            make(self.cancel_run, title="Cancel a run", annotations=_ENDING),
            make(self.rerun, title="Run again", annotations=_RUNNING),
        ]

    @as_tool_error
    async def execute_scenario(
        self,
        scenario: Annotated[str, Field(description='id, title, or a phrase: "run the regression seeding scenario"')],
        ctx: Context[Any, Any],
        params: Annotated[dict[str, Any] | None, Field(description="as list_scenarios describes them")] = None,
        seed: Seed = None,
        wait_seconds: _Wait = 45,
        idempotency_key: Annotated[
            str | None,
            Field(min_length=1, max_length=200, description="calls with one key start one run; any unique text"),
        ] = None,
    ) -> Annotated[CallToolResult, RunResult] | InputRequiredResult:
        """Run a scenario: it changes the systems behind its connections. Log lines arrive as progress while it runs.

        Past wait_seconds the status is "running" and the run goes on: follow it with get_run.
        """
        chosen = find_scenario(scenario, self._engine.workspace.scenarios())
        given = await with_missing_params(ctx, chosen, params or {})
        if isinstance(given, InputRequiredResult):
            return given
        starting = self._engine.start(chosen, given, seed, caller=_caller(ctx), key=idempotency_key)
        return await self._wait_for(await _whole(starting), ctx, wait_seconds)

    @as_tool_error
    async def get_run(
        self, run_id: _RunId, ctx: Context[Any, Any], wait_seconds: _Wait = 0
    ) -> Annotated[CallToolResult, RunResult]:
        """Show a run: status, rows stored, result or error, last log lines. Waits for its end if asked to."""
        return await self._look_on(run_id, ctx, wait_seconds)

    @as_tool_error
    async def get_scenario_run_logs(
        self,
        run_id: _RunId,
        after: Annotated[int, Field(ge=0, le=2**53, description="line number, or `next` of the page before")] = 0,
        limit: Annotated[int, Field(ge=1, le=1000, description="lines at the most")] = 200,
        level: Annotated[Literal["debug", "info", "warn", "error"], Field(description="the least level")] = "debug",
    ) -> Annotated[CallToolResult, LogPage]:
        """Read a run's log, a page at a time: `next` leads to the page after, also while the run goes on."""
        run = await self._history.get(run_id)
        status, known = run.status, run.line_count
        found = await self._history.lines(run_id, after=after, limit=limit, levels=LEVELS[LEVELS.index(level) :])
        lines = [LineInfo.of(line).shown() for line in found]
        texts = [line.as_text() for line in lines]
        sizes = [max(len(text), len(line.model_dump_json())) for text, line in zip(texts, lines, strict=True)]
        count = page_size(sizes)
        all_of_it = count == len(found) < limit
        last = found[count - 1].number if found else after
        page = LogPage(run_id=run_id, status=status, lines=lines[:count])
        if not all_of_it or not status.ended:
            page.next = max(last, min(known, 2**53)) if all_of_it else last
        page.note = run.not_kept(after)
        told = f"next: {page.next}" if page.next is not None else f"the end: the run is {status}"
        return tool_result(page, "\n".join([*([page.note] if page.note else []), *texts[:count], told]))

    @as_tool_error
    async def list_runs(
        self,
        scenario: Annotated[
            str | None, Field(max_length=1000, description="only runs of the scenario of this id")
        ] = None,
        status: Annotated[Status | None, Field(description="only runs of this status")] = None,
        limit: Annotated[int, Field(ge=1, le=100, description="runs a page")] = 20,
        cursor: Annotated[str | None, Field(description="next_cursor of the page before")] = None,
    ) -> Annotated[CallToolResult, RunList]:
        """List the runs of the workspace, the latest first, whoever started them."""
        at = None if cursor is None else offset(cursor)
        page = await self._history.find(scenario=scenario, status=status, limit=limit, cursor=at)
        if scenario is not None and at is None and not page.runs:
            self._engine.workspace.scenario(scenario)  # says so if there is none
        runs = [RunSummary.of(run) for run in page.runs]
        count = page_size([len(run.model_dump_json()) for run in runs])
        if count < len(runs):
            page = await self._history.find(scenario=scenario, status=status, limit=count, cursor=at)
            runs = [RunSummary.of(run) for run in page.runs]
        following = None if page.next_cursor is None else str(page.next_cursor)
        return tool_result(RunList(runs=runs, next_cursor=following))

    @as_tool_error
    async def cancel_run(self, run_id: _RunId) -> Annotated[CallToolResult, RunSummary]:
        """End a run, whoever started it, and wait until nothing of it is left. One that has ended stays as it is."""
        await self._engine.cancel(await self._history.get(run_id))
        return tool_result(RunSummary.of(await self._history.get(run_id)))

    @as_tool_error
    async def rerun(
        self, run_id: _RunId, ctx: Context[Any, Any], wait_seconds: _Wait = 45
    ) -> Annotated[CallToolResult, RunResult]:
        """Run the scenario of a run again, as it stands now, with the same parameters and seed."""
        earlier = await self._history.get(run_id)
        starting = self._engine.rerun(earlier, caller=_caller(ctx))
        return await self._wait_for(await _whole(starting), ctx, wait_seconds)

    async def _wait_for(self, run: Run, ctx: Context[Any, Any], seconds: float) -> CallToolResult:
        """Wait for the end of a run that this call has started; cancelling the call cancels the run, unless shared."""
        if run.shared:
            return await self._look_on(run.id, ctx, seconds)
        try:
            with anyio.move_on_after(seconds):
                await relay(run, ctx.report_progress)
        except anyio.get_cancelled_exc_class():
            if not run.shared:
                with anyio.CancelScope(shield=True):
                    await self._engine.cancel(run)
            raise
        run.shared = run.shared or not run.status.ended
        return _told(run)

    async def _look_on(self, run_id: str, ctx: Context[Any, Any], seconds: float) -> CallToolResult:
        """Wait for the end of a run that somebody else has started: what is new from now on is reported."""
        async with self._history.follow(run_id) as run:
            with anyio.move_on_after(seconds):
                await relay(run, ctx.report_progress, after=run.line_count)
            return _told(run)


async def _whole(starting: Coroutine[Any, Any, Run]) -> Run:
    """The run that is being started, whether the call is cancelled or not: one that is half started never ends."""
    with anyio.CancelScope(shield=True):
        return await starting
    raise AssertionError  # a scope that nobody cancels lets nothing pass by


def _told(run: Run) -> CallToolResult:
    result = RunResult.of(run).shown()
    ok = run.status in (Status.DONE, Status.RUNNING, Status.QUEUED)
    return tool_result(result, result.as_text(), is_error=not ok)


def _caller(ctx: Context[Any, Any]) -> str:
    """The face, and the client as it calls itself."""
    params = ctx.session.client_params
    told: Mapping[str, str] = {"name": params.client_info.name, "version": params.client_info.version} if params else {}
    text = " ".join(filter(None, ("mcp", *told.values())))
    return "".join(sign for sign in text if sign.isprintable())[:_MAX_CALLER]
