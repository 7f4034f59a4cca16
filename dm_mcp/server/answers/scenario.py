"""What callers are told of scenarios."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, Field

from dm_mcp.runs.run import Run, Status
from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.bounds import as_json, beginning, cut, fitting
from dm_mcp.server.answers.error import ErrorInfo, Failure
from dm_mcp.server.answers.times import timestamp
from dm_mcp.server.uris import resource_uri
from dm_mcp.workspace.scenarios import Scenario

__all__ = ["LastRun", "ScenarioInfo", "ScenarioList", "ScenarioSource"]


class LastRun(BaseModel):
    """The latest run of a scenario."""

    run_id: str
    status: Status
    ended: str | None

    @classmethod
    def of(cls, run: Run) -> LastRun:
        """The run as data."""
        return cls(run_id=run.id, status=run.status, ended=timestamp(run.ended))


class ScenarioInfo(BaseModel):
    """A scenario that can be run."""

    id: str
    title: str
    description: str
    tags: list[str]
    params: dict[str, Any] = Field(description="JSON Schema of `params`")
    connections: list[str]
    last_run: LastRun | None = None
    error: Failure | None = None

    @classmethod
    def of(cls, scenario: Scenario) -> ScenarioInfo:
        """The scenario as data."""
        return cls(
            id=scenario.id,
            title=scenario.title,
            description=scenario.description,
            tags=list(scenario.tags),
            params=scenario.params,
            connections=list(scenario.connections),
            error=ErrorInfo.of(scenario.error) if scenario.error else None,
        )

    def shown(self) -> Self:
        """The scenario; without what is long in it when its header is very long."""
        if len(self.model_dump_json()) <= bounds.SCENARIO:
            return self
        told = f"{cut(self.description, 500)} (Too long to be told here: get_scenario and its resource have it.)"
        short: dict[str, Any] = {
            "title": cut(self.title, 200),
            "description": told,
            "tags": [],
            "params": {},
            "connections": [],
        }
        return self.model_copy(update={**short, "error": self.error and self.error.shown()})


class ScenarioList(BaseModel):
    """A page of scenarios."""

    scenarios: list[ScenarioInfo]
    total: int
    next_cursor: str | None = None
    note: str | None = None


class ScenarioSource(BaseModel):
    """A scenario with the script itself."""

    scenario: ScenarioInfo
    file: str
    dependencies: list[str]
    network: bool
    timeout: float | None
    """Seconds; None: the workspace's limit, as for ``memory``."""
    memory: int | None
    """Bytes."""
    source: str
    resource: str | None = Field(default=None, description="has all of `source`, if that was cut")

    @classmethod
    def of(cls, scenario: Scenario) -> ScenarioSource:
        """The scenario as data."""
        header = scenario.header
        return cls(
            scenario=ScenarioInfo.of(scenario),
            file=scenario.file,
            dependencies=list(header.dependencies),
            network=header.network,
            timeout=header.timeout,
            memory=header.memory,
            source=scenario.source,
        )

    def shown(self) -> Self:
        """The scenario, with what is long in it cut."""
        count = fitting((len(as_json(name)) for name in self.dependencies), bounds.DEPENDENCIES)
        changes: dict[str, Any] = {"scenario": self.scenario.shown(), "dependencies": self.dependencies[:count]}
        source = beginning(self.source, bounds.SOURCE)
        if source != self.source:
            changes |= {"source": source, "resource": resource_uri("scenario", self.scenario.id)}
        return self.model_copy(update=changes)

    def as_text(self) -> str:
        """What the header says as JSON, then the script."""
        return f"{self.model_dump_json(exclude={'source'}, exclude_none=True)}\n\n{self.source}"
