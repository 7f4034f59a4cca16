"""What callers are told of the workspace's templates and connections."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.error import ErrorInfo, Failure
from dm_mcp.workspace.config import ConnectionConfig
from dm_mcp.workspace.templates import TemplateEntry

__all__ = ["ConnectionInfo", "ConnectionList", "FieldInfo", "TemplateInfo", "TemplateList"]


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
        """The template as data; at most the first `TEMPLATE_FIELDS` fields."""
        template = entry.template
        fields = template.fields[: bounds.TEMPLATE_FIELDS] if template else []
        return cls(
            id=entry.id,
            name=template.name if template else None,
            fields=[FieldInfo(name=field.name, type=field.type) for field in fields],
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
