"""Make rows of a template and render them: what ``generate`` does, in a worker that holds no credential."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from dm_mcp.errors import OutOfMemory, OverrideError
from dm_mcp.generation.columns import Block
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.inline import inline_template
from dm_mcp.generation.overrides import PickFrom
from dm_mcp.generation.render.formats import Format, Rendering, find_format
from dm_mcp.protocol import CHUNK
from dm_mcp.sdk.channel import Channel
from dm_mcp.sdk.surroundings import WorkerSurroundings

__all__ = ["run_generate"]


def run_generate(channel: Channel, job: Mapping[str, Any]) -> dict[str, Any]:
    """Send the rendered rows of the job as one stream. Raises `TemplateError` and the like."""
    format_ = find_format(job["format"])
    format_.check(job["count"], job["dialect"])
    try:
        surroundings = WorkerSurroundings(channel, runs_code=job["runs_code"])
        compiled = compile_template(inline_template(job["template"]), surroundings)
        blocks = compiled.blocks(job["count"], job["seed"], _overrides(job["overrides"]))
        with channel.stream("output") as stream:
            about = Rendering(compiled.schema, job["table"] or compiled.template.id, job["dialect"])
            for chunk in _pieces(format_, blocks, about):
                stream.send(chunk)
            stream.finish()
    except MemoryError:
        raise OutOfMemory("The rows reached the worker's memory limit.", hint="Ask for fewer rows.") from None
    columns = [{"name": c.name, "type": c.type} for c in compiled.schema]
    return {"template": compiled.template.id, "columns": columns, "notices": list(compiled.notices)}


def _pieces(format_: Format, blocks: Iterable[Block], about: Rendering) -> Iterator[bytes | memoryview]:
    if not format_.binary:
        yield from format_.pieces(blocks, about)
        return
    tempfile.tempdir = "."  # the run's folder, which goes with the run: for this file and for those of the libraries
    with tempfile.TemporaryFile() as file:
        format_.write(blocks, about, file)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


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
