"""What callers are told of the workspace: scenarios in full, templates, connections."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from dm_mcp.runs.results import ErrorInfo, Failure, ScenarioInfo
from dm_mcp.workspace.config import ConnectionConfig
from dm_mcp.workspace.scenarios import Scenario
from dm_mcp.workspace.templates import TemplateEntry

__all__ = ["ConnectionInfo", "ConnectionList", "FieldInfo", "ScenarioSource", "TemplateInfo", "TemplateList"]

_SHOWN_FIELDS = 100


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


class FieldInfo(BaseModel):
    """A field of a template."""

    name: str
    type: str


class TemplateInfo(BaseModel):
    """A template, or why a file is none."""

    id: str
    name: str | None
    fields: list[FieldInfo]
    error: Failure | None = None

    @classmethod
    def of(cls, entry: TemplateEntry) -> TemplateInfo:
        """The template as data; at most the first `_SHOWN_FIELDS` fields."""
        template = entry.template
        return cls(
            id=entry.id,
            name=template.name if template else None,
            fields=[FieldInfo(name=f.name, type=f.type) for f in template.fields[:_SHOWN_FIELDS]] if template else [],
            error=ErrorInfo.of(entry.error).shown() if entry.error else None,
        )


class TemplateList(BaseModel):
    """A page of templates."""

    templates: list[TemplateInfo]
    total: int
    next_cursor: str | None = None


class ConnectionInfo(BaseModel):
    """A connection, tried just now."""

    id: str
    kind: str
    name: str | None
    verified: str | None = Field(default=None, description="what answered")
    error: Failure | None = None

    @classmethod
    def of(cls, config: ConnectionConfig, outcome: str | ErrorInfo) -> ConnectionInfo:
        """The connection as data, without anything of how it is reached."""
        tried = {"error": outcome.shown()} if isinstance(outcome, ErrorInfo) else {"verified": outcome[:200]}
        values: dict[str, Any] = {"id": config.id, "kind": config.kind, "name": config.name, **tried}
        return cls(**values)


class ConnectionList(BaseModel):
    """The connections of the workspace."""

    connections: list[ConnectionInfo]
