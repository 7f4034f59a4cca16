"""The tools that show rows without storing them in any system, and what fields can hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import AfterValidator, Field, WithJsonSchema

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.render.formats import FORMATS, Format
from dm_mcp.generation.render.sql_dialects import DIALECTS
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.kept_rows import KeptRows
from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.bounds import as_json, beginning, fitting
from dm_mcp.server.answers.rows import FieldTypeList, GenerateResult
from dm_mcp.server.answers.tool_result import tool_result
from dm_mcp.server.run_tools import Seed
from dm_mcp.server.strict_tool import StrictTool
from dm_mcp.server.tool_errors import as_tool_error
from dm_mcp.server.uris import resource_uri

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template

__all__ = ["GenerateTools"]

_MAX_ROWS = 10_000
_MOST_NOTICES = 5
_MOST_INLINE = 256 * 1024
_KEYS = (
    'A field may have beside name, type and options: "optional" (share of nulls), "unique", "noise" (share of wrong'
    ' values), "locale" ("de_DE" or {"de_DE": 7, "fr_FR": 3}), "sensitive".'
)
_MAX_BYTES = 4 * 1024 * 1024

_READING = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def _one_of(names: Collection[str]) -> tuple[AfterValidator, WithJsonSchema]:
    """What makes text one of the names: a check, and the schema that tells clients."""

    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"there is no {name!r:.50}, only {', '.join(names)}")
        return name

    return AfterValidator(check), WithJsonSchema({"type": "string", "enum": [*names]})


_Format = Annotated[str, *_one_of(FORMATS), Field(description="of xlsx and parquet a resource is made")]
_Dialect = Annotated[str, *_one_of(DIALECTS), Field(description="of sql")]


class GenerateTools:
    """Their methods are tools; `tools` gives them as the SDK wants them."""

    def __init__(self, engine: Engine, kept: KeptRows) -> None:
        self._engine = engine
        self._kept = kept

    @property
    def tools(self) -> list[Tool]:
        """The tools, in the order in which clients see them."""
        make = StrictTool.from_function
        return [
            make(self.generate, title="Generate rows", annotations=_READING),
            make(self.list_field_types, title="List field types", annotations=_READING),
        ]

    @as_tool_error
    async def generate(
        self,
        template: Annotated[str | None, Field(description="id or name of a template")] = None,
        fields: Annotated[
            list[dict[str, Any]] | None,
            Field(max_length=200, description='in place of a template: [{"name": "email", "type": "email"}, ...]'),
        ] = None,
        schema: Annotated[dict[str, Any] | None, Field(description="in place of a template: a JSON Schema")] = None,
        count: Annotated[int, Field(ge=0, le=_MAX_ROWS, description="rows to make")] = 10,
        seed: Seed = None,
        overrides: Annotated[
            dict[str, Any] | None, Field(description='by field: a constant, or {"pick_from": [...], "weights": [...]}')
        ] = None,
        format: _Format = "json",  # noqa: A002 - the argument's name on the wire
        table: Annotated[str | None, Field(description="of sql; default: the template's id")] = None,
        dialect: _Dialect = "postgresql",
    ) -> Annotated[CallToolResult, GenerateResult]:
        """Make rows of a template, or of fields or a schema given inline, and show them. No system stores them.

        Of many rows the first are shown, and a resource has all.
        """
        chosen = self._template(template, fields, schema)
        form = FORMATS[format]
        form.check(count, dialect)
        output = bytearray()

        async def collect(chunk: bytes) -> None:
            output.extend(chunk)
            if len(output) > _MAX_BYTES:
                raise InvalidRequest(
                    f"The rows take more than {_MAX_BYTES} bytes.",
                    hint="Ask for fewer rows; `dm-mcp generate` writes any number of them to a file.",
                )

        made = await self._engine.generator.generate(
            chosen,
            count,
            collect,
            seed=seed,
            overrides=overrides,
            format_="jsonl" if format == "json" else format,
            table=table,
            dialect=dialect,
            runs_code=False,  # clients are told that this tool only reads
        )
        columns = made.columns[: fitting((len(as_json(column)) for column in made.columns), bounds.COLUMNS)]
        result = GenerateResult(template=made.template[:200], seed=made.seed, columns=columns, count=count)
        fits = len(columns) == len(made.columns)
        if form.name in ("json", "jsonl"):
            text = await self._show_lines(result, output.decode(), form, fits)
        else:
            text = await self._show_text(result, bytes(output), form, fits)
        result.note = "\n".join(filter(None, (result.note, *made.notices[:_MOST_NOTICES]))) or None
        return tool_result(result, f"{text}\n{result.note}".lstrip("\n") if result.note else text)

    @as_tool_error
    async def list_field_types(
        self,
        type: Annotated[str | None, Field(description="one type, in full")] = None,  # noqa: A002 - as on the wire
        query: Annotated[str | None, Field(description="words of the name or description")] = None,
    ) -> Annotated[CallToolResult, FieldTypeList]:
        """List what a field can hold; with `type` its options and a sample."""
        return await asyncio.to_thread(_field_type, type) if type is not None else _field_types(query or "")

    async def _show_lines(self, result: GenerateResult, output: str, form: Format, fits: bool) -> str:
        lines = output.split("\n")[:-1]
        shown = lines
        if _fitting(lines, form, bounds.ROWS) < len(lines) or not fits:
            shown = lines[: _fitting(lines, form, bounds.ROWS_PREVIEW)]
            whole = _array(lines) if form.name == "json" else output
            await self._keep(result, whole.encode(), form, f"{len(shown)} of {result.count} rows are shown. All are")
        if form.name == "json":
            result.rows = [json.loads(line) for line in shown]
            return _array(shown)
        result.text = "\n".join(shown)
        return result.text

    async def _show_text(self, result: GenerateResult, output: bytes, form: Format, fits: bool) -> str:
        if form.binary:
            await self._keep(result, output, form, f"A file of {len(output)} bytes with all rows is")
            return ""
        text = output.decode()
        shown = text if fits and len(as_json(text)) <= bounds.ROWS else beginning(text, bounds.ROWS_PREVIEW)
        if shown != text:
            shown = shown[: shown.rfind("\n") + 1]
            await self._keep(result, output, form, f"The beginning is shown. All {result.count} rows are")
        result.text = shown
        return shown

    async def _keep(self, result: GenerateResult, rows: bytes, form: Format, told: str) -> None:
        """Keep the rows in the form that was asked for, and say where."""
        kept = await asyncio.to_thread(
            self._kept.keep,
            rows,
            template=result.template,
            count=result.count,
            seed=result.seed,
            mime_type=form.media_type,
        )
        result.resource = resource_uri("generated", kept.id)
        result.note = f"{told} in the resource {result.resource}"

    def _template(
        self, name: str | None, fields: Sequence[dict[str, Any]] | None, schema: Mapping[str, Any] | None
    ) -> Template | Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        given = [each for each in (name, fields, schema) if each is not None]
        if len(given) != 1:
            ids = ", ".join(entry.id for entry in self._engine.workspace.templates()) or "none"
            hint = f"Templates: {ids}. list_field_types shows the types of fields."
            raise InvalidRequest("Give one of `template`, `fields` and `schema`.", hint=hint)
        if name is not None:
            return self._engine.workspace.template(name)
        inline = fields if fields is not None else schema or {}
        if len(as_json(inline)) > _MOST_INLINE:
            raise InvalidRequest(
                f"Fields or a schema of more than {_MOST_INLINE // 1024} KiB are too long.",
                hint="Save them as a template of the workspace.",
            )
        return inline


def _array(lines: Sequence[str]) -> str:
    return "[" + ",\n".join(lines) + "]"


def _fitting(lines: Sequence[str], form: Format, room: int) -> int:
    """How many of the first rows fit into the room, as the answer holds them."""
    is_json = form.name == "json"
    return fitting((len(as_json(json.loads(line) if is_json else line)) for line in lines), room)


def _field_types(query: str) -> CallToolResult:
    from dm_mcp.generation.registry import field_types  # noqa: PLC0415 - as above

    told = {info.name: info.description.split("\n")[0] for info in field_types().values()}
    words = query.casefold().split()
    found = {name: text for name, text in told.items() if all(word in f"{name} {text}".casefold() for word in words)}
    shown = dict(list(found.items())[: fitting((len(as_json(pair)) for pair in found.items()), bounds.ENTRIES)])
    lines = [f"{name}: {text}" for name, text in shown.items()]
    if not found:
        lines.append(f"No type has these words in its name or description. There are: {', '.join(told)}.")
    elif len(shown) < len(found):
        lines.append(f"{len(shown)} of {len(found)} types; `query` finds others.")
    return tool_result(FieldTypeList(types=shown), "\n".join([*lines, _KEYS]))


def _field_type(spelling: str) -> CallToolResult:
    from dm_mcp.generation.registry import closest, field_types, find_type  # noqa: PLC0415 - as above
    from dm_mcp.generation.samples import sample  # noqa: PLC0415 - as above

    known = field_types()
    try:
        info = known[find_type(spelling).name]
    except KeyError:
        hint = closest(spelling[:100], known)
        raise InvalidRequest(f"There is no field type {spelling!r:.100}.", hint=hint) from None
    example = sample(info.name)
    field = {"name": info.name, "type": info.name} | ({"options": example.options} if example.options else {})
    values = [json.loads(value) for value in example.values]
    result = FieldTypeList(types={info.name: info.description}, options=info.options, field=field, sample=values)
    text = f"{info.name}: {info.description}\noptions: {as_json(info.options)}\ne.g. {as_json(field)}"
    return tool_result(result, f"{text}\nmakes {as_json(values)}" if values else text)
