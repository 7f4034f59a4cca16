"""Make rows of a template and render them: what ``generate`` does, in a worker that holds no credential."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from dm_mcp.errors import InvalidRequest, OutOfMemory, OverrideError
from dm_mcp.generation.columns import Block
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.overrides import PickFrom
from dm_mcp.generation.render.json_lines import json_array, json_lines
from dm_mcp.generation.template import parse_template
from dm_mcp.sdk.channel import Channel
from dm_mcp.sdk.surroundings import WorkerSurroundings

__all__ = ["FORMATS", "run_generate"]


def _lines(blocks: Iterable[Block]) -> Iterator[bytes | memoryview]:
    return map(json_lines, blocks)


FORMATS: Mapping[str, Callable[[Iterable[Block]], Iterator[bytes | memoryview]]] = {
    "json": json_array,
    "jsonl": _lines,
}
"""How rows are rendered, by the name that a caller gives."""


def run_generate(channel: Channel, job: Mapping[str, Any]) -> dict[str, Any]:
    """Send the rendered rows of the job as one stream. Raises `TemplateError`, `OverrideError`, `InvalidRequest`."""
    render = FORMATS.get(job["format"])
    if render is None:
        raise InvalidRequest(f"There is no format {job['format']!r}.", hint=f"Formats: {', '.join(FORMATS)}.")
    try:
        compiled = compile_template(parse_template(job["template"]), WorkerSurroundings(channel))
        blocks = compiled.blocks(job["count"], job["seed"], _overrides(job["overrides"]))
        with channel.stream("output") as stream:
            for chunk in render(blocks):
                stream.send(chunk)
            stream.finish()
    except MemoryError:
        raise OutOfMemory("The rows reached the worker's memory limit.", hint="Ask for fewer rows.") from None
    return {"columns": [{"name": c.name, "type": c.type} for c in compiled.schema]}


def _overrides(given: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides as JSON has them: a constant, or ``{"pick_from": [...], "weights": [...]}``."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, dict) and "pick_from" in value:
            choice = cast("dict[str, Any]", value)
            if extra := choice.keys() - {"pick_from", "weights"}:
                raise OverrideError(f"The override has unknown keys: {', '.join(sorted(extra))}.", field=name)
            made[name] = PickFrom(choice["pick_from"], choice.get("weights"))
        else:
            made[name] = value
    return made
