"""What any worker may ask of the workspace: a template, a file below ``files/``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dm_mcp.errors import ProtocolError
from dm_mcp.workspace.workspace import Workspace

__all__ = ["LOOKUPS", "look_up"]

LOOKUPS = ("template", "file")
"""The calls that `look_up` answers."""


class _Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str


def look_up(workspace: Workspace, op: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answer one of `LOOKUPS`.

    Raises `TemplateNotFound`, `TemplateError`, `WorkspaceError`, and `ProtocolError` for a call that no SDK makes.
    """
    try:
        if op == "file":
            return {"text": workspace.read_file(_File.model_validate(arguments).path)}
        return {"template": workspace.template(_Template.model_validate(arguments).name).model_dump(mode="json")}
    except ValidationError as error:
        raise ProtocolError(f"The call {op!r} has wrong arguments: {error.errors()[0]['msg']}.") from None
