"""The tools that show what the workspace holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from dm_mcp.errors import ConnectionFailed, DmError, StoreFailed, WorkspaceError
from dm_mcp.runs.engine import Engine
from dm_mcp.server.answers.bounds import page_size
from dm_mcp.server.answers.cursors import following, offset
from dm_mcp.server.answers.error import ErrorInfo
from dm_mcp.server.answers.scenario import LastRun, ScenarioInfo, ScenarioList, ScenarioSource
from dm_mcp.server.answers.tool_result import tool_result
from dm_mcp.server.answers.workspace import ConnectionInfo, ConnectionList, TemplateInfo, TemplateList
from dm_mcp.server.strict_tool import StrictTool
from dm_mcp.server.tool_errors import as_tool_error
from dm_mcp.workspace.config import ConnectionConfig
from dm_mcp.workspace.phrases import find_scenario
from dm_mcp.workspace.scenarios import Scenario

__all__ = ["WorkspaceTools"]

_Limit = Annotated[int, Field(ge=1, le=200, description="entries a page")]
_Cursor = Annotated[str | None, Field(description="next_cursor of the page before")]

_READING = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_REACHING_OUT = ToolAnnotations(read_only_hint=True, open_world_hint=True)

VERIFY_SECONDS = 15.0
"""What a connection gets to answer in: an embedded database may have to start first."""


class WorkspaceTools:
    """Their methods are tools; `tools` gives them as the SDK wants them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._workspace = engine.workspace

    @property
    def tools(self) -> list[Tool]:
        """The tools, in the order in which clients see them."""
        make = StrictTool.from_function
        return [
            make(self.list_scenarios, title="List scenarios", annotations=_READING),
            make(self.get_scenario, title="Read a scenario", annotations=_READING),
            make(self.list_templates, title="List templates", annotations=_READING),
            make(self.list_connections, title="List connections", annotations=_REACHING_OUT),
        ]

    @as_tool_error
    async def list_scenarios(
        self,
        query: Annotated[str | None, Field(description="words of the id, title or description")] = None,
        tag: Annotated[str | None, Field(description="only scenarios with this tag")] = None,
        limit: _Limit = 50,
        cursor: _Cursor = None,
    ) -> Annotated[CallToolResult, ScenarioList]:
        """List the scenarios that can be run, with their parameters. One with an `error` is broken and says why."""
        found = [s for s in self._workspace.scenarios() if _fits(s, query, tag)]
        start = offset(cursor)
        entries = [ScenarioInfo.of(scenario).shown() for scenario in found[start : start + limit]]
        page = ScenarioList(scenarios=entries, total=len(found))
        page.note = await self._add_last_runs(entries)
        count = page_size([len(entry.model_dump_json()) for entry in entries])
        page.scenarios = entries[:count]
        page.next_cursor = following(start + count, len(found))
        return tool_result(page)

    @as_tool_error
    async def get_scenario(
        self, scenario: Annotated[str, Field(description="id, title or a phrase")]
    ) -> Annotated[CallToolResult, ScenarioSource]:
        """Show a scenario's script, and what its header says."""
        told = ScenarioSource.of(find_scenario(scenario, self._workspace.scenarios())).shown()
        await self._add_last_runs([told.scenario])
        return tool_result(told, told.as_text())

    @as_tool_error
    async def list_templates(
        self, limit: _Limit = 50, cursor: _Cursor = None
    ) -> Annotated[CallToolResult, TemplateList]:
        """List the templates that rows can be made of, with their fields."""
        found = await asyncio.to_thread(self._workspace.templates)
        start = offset(cursor)
        entries = [TemplateInfo.of(entry) for entry in found[start : start + limit]]
        count = page_size([len(entry.model_dump_json()) for entry in entries])
        after = following(start + count, len(found))
        return tool_result(TemplateList(templates=entries[:count], total=len(found), next_cursor=after))

    @as_tool_error
    async def list_connections(self) -> Annotated[CallToolResult, ConnectionList]:
        """List the connections, each tried just now: what answered, or why it can't be used."""
        configs = self._workspace.config.connections.values()
        found = await asyncio.gather(*map(self._try, configs))
        count = page_size([len(connection.model_dump_json()) for connection in found])
        return tool_result(ConnectionList(connections=found[:count]))

    async def _add_last_runs(self, entries: Sequence[ScenarioInfo]) -> str | None:
        """Fill in the latest run of each; what to say when the history can't be read."""
        history = self._engine.history
        try:
            await history.interrupt_ownerless()
            pages = await asyncio.gather(
                *(history.store.find(scenario=entry.id, limit=1, cursor=None) for entry in entries)
            )
        except (StoreFailed, WorkspaceError) as error:
            return f"The last runs are not known: {error.code}: {error}"[:1_000]
        for entry, page in zip(entries, pages, strict=True):
            entry.last_run = LastRun.of(page.runs[0]) if page.runs else None
        return None

    async def _try(self, config: ConnectionConfig) -> ConnectionInfo:
        try:
            async with asyncio.timeout(VERIFY_SECONDS):
                return ConnectionInfo.of(config, await self._engine.targets.get(config.id).verify())
        except DmError as error:
            return ConnectionInfo.of(config, ErrorInfo.of(error))
        except TimeoutError:
            error = ConnectionFailed(
                f"It did not answer within {VERIFY_SECONDS:g} s.", hint="See whether it runs.", connection=config.id
            )
            return ConnectionInfo.of(config, ErrorInfo.of(error))


def _fits(scenario: Scenario, query: str | None, tag: str | None) -> bool:
    text = f"{scenario.id} {scenario.title} {scenario.description}".casefold()
    return all(word in text for word in (query or "").casefold().split()) and (tag is None or tag in scenario.tags)
