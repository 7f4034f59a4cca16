"""The tool that shows rows without storing them in any system."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from dm_mcp.errors import InvalidRequest
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.kept_rows import KeptRows
from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.bounds import as_json, fitting
from dm_mcp.server.answers.rows import GenerateResult
from dm_mcp.server.answers.tool_result import tool_result
from dm_mcp.server.run_tools import Seed
from dm_mcp.server.strict_tool import StrictTool
from dm_mcp.server.tool_errors import as_tool_error
from dm_mcp.server.uris import resource_uri

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template

__all__ = ["GenerateTool"]

_MAX_ROWS = 10_000
_MAX_BYTES = 4 * 1024 * 1024

_READING = ToolAnnotations(read_only_hint=True, open_world_hint=False)


class GenerateTool:
    """The tool ``generate``."""

    def __init__(self, engine: Engine, kept: KeptRows) -> None:
        self._engine = engine
        self._kept = kept

    @property
    def tools(self) -> list[Tool]:
        """The tool, as the SDK wants it."""
        return [StrictTool.from_function(self.generate, title="Generate rows", annotations=_READING)]

    @as_tool_error
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
        """Make rows of a template, or of fields given inline, and show them. No system stores them.

        Of many rows the first are shown, and a resource has all.
        """
        chosen = self._template(template, fields)
        output = bytearray()

        async def collect(chunk: bytes) -> None:
            output.extend(chunk)
            if len(output) > _MAX_BYTES:
                raise InvalidRequest(
                    f"The rows take more than {_MAX_BYTES} bytes.",
                    hint="Ask for fewer rows; `dm-mcp generate` writes any number of them to a file.",
                )

        made = await self._engine.generator.generate(
            chosen, count, collect, seed=seed, overrides=overrides, format_="jsonl"
        )
        lines = output.decode().split("\n")[:-1]
        columns = made.columns[: fitting((len(as_json(column)) for column in made.columns), bounds.COLUMNS)]
        result = GenerateResult(template=chosen.id[:200], seed=made.seed, columns=columns, count=count)
        shown = lines
        if _fitting(lines, format, bounds.ROWS) < len(lines) or len(columns) < len(made.columns):
            shown = lines[: _fitting(lines, format, bounds.ROWS_PREVIEW)]
            result.resource = await self._keep(chosen, lines, made.seed, format)
            result.note = f"{len(shown)} of {count} rows are shown. All are in the resource {result.resource}"
        if format == "json":
            result.rows = [json.loads(line) for line in shown]
            text = "[" + ",\n".join(shown) + "]"
        else:
            result.text = text = "\n".join(shown)
        return tool_result(result, f"{text}\n{result.note}" if result.note else text)

    async def _keep(self, template: Template, lines: Sequence[str], seed: int, format_: str) -> str:
        """Keep the rows in the form that was asked for; their address."""
        text = "[" + ",\n".join(lines) + "]" if format_ == "json" else "".join(f"{line}\n" for line in lines)
        mime_type = "application/json" if format_ == "json" else "application/x-ndjson"
        kept = await asyncio.to_thread(
            self._kept.keep, text.encode(), template=template.id, count=len(lines), seed=seed, mime_type=mime_type
        )
        return resource_uri("generated", kept.id)

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


def _fitting(lines: Sequence[str], format_: str, room: int) -> int:
    """How many of the first rows fit into the room, as the answer holds them."""
    return fitting((len(as_json(json.loads(line) if format_ == "json" else line)) for line in lines), room)
