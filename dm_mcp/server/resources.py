"""The resources: scripts, templates, logs and results of runs, kept rows, the server's state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from mcp_types import Resource, ResourceTemplate

from dm_mcp import __version__
from dm_mcp.errors import InvalidRequest, TemplateNotFound
from dm_mcp.generation.render.formats import FORMATS
from dm_mcp.protocol import jsonable
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.history import History
from dm_mcp.runs.kept_rows import KeptRows
from dm_mcp.runs.members import is_alive
from dm_mcp.runs.run import Status
from dm_mcp.server.answers.log import LineInfo
from dm_mcp.server.answers.times import timestamp
from dm_mcp.server.uris import STATUS, Address, read_uri, resource_uri
from dm_mcp.workspace.files import look_at, read_bytes
from dm_mcp.workspace.workspace import Workspace

__all__ = ["LISTED_RUNS", "Content", "Resources"]

LISTED_RUNS = 20
MAX_LOG = 1024 * 1024
"""Characters of a log that are given; of a longer one its end."""
_LINES = 1_000
_TEXT, _JSON = "text/plain", "application/json"

_TEMPLATES = (
    ("scenario://{+id}", "scenario", "A scenario's script", "text/x-python"),
    ("template://{+id}", "template", "A template, as its file has it", _JSON),
    ("run://{id}/log", "run log", "A run's log; the first line tells what is no longer kept of it", _TEXT),
    ("run://{id}/result", "run result", "What a run's script returned", _JSON),
    (
        "generated://{id}",
        "generated rows",
        "Rows that were too many for the answer of generate, or a file of them",
        None,
    ),
)


class Content(NamedTuple):
    """What a resource holds."""

    data: str | bytes
    """Text, or what is none."""
    mime_type: str


class Resources:
    """Everything that has an address. Each method raises a `DmError` that says what is wrong.

    Scenarios are read on the event loop, as everywhere: CPython's parser must not build two trees at once in threads
    (https://github.com/python/cpython/issues/106905).
    """

    def __init__(self, engine: Engine, kept: KeptRows) -> None:
        self._engine = engine
        self._workspace: Workspace = engine.workspace
        self._history: History = engine.history
        self._kept = kept
        self._readers: dict[str, Callable[[Address], Awaitable[Content]]] = {
            "scenario": self._scenario,
            "template": self._template,
            "run": self._run,
            "generated": self._generated,
            "server": self._server,
        }

    async def find(self) -> list[Resource]:
        """All that are listed; of runs the logs of the latest few."""
        scenarios = self._workspace.scenarios()
        templates = await asyncio.to_thread(self._workspace.templates)
        runs = (await self._history.find(limit=LISTED_RUNS)).runs
        kept = await asyncio.to_thread(self._kept.find)
        return [
            Resource(
                uri=STATUS,
                name="status",
                title="State of the server",
                description="Version, isolation of runs, number of servers, and the runs that go on",
                mime_type=_JSON,
            ),
            *(
                _resource(
                    "scenario",
                    scenario.id,
                    title=scenario.title,
                    description=scenario.description,
                    mime_type="text/x-python",
                )
                for scenario in scenarios
            ),
            *(
                _resource(
                    "template", entry.id, title=entry.template.name if entry.template else entry.id, mime_type=_JSON
                )
                for entry in templates
            ),
            *(
                _resource("run", run.id, "log", title=f"Log of {run.title}, {timestamp(run.created)}", mime_type=_TEXT)
                for run in runs
            ),
            *(
                _resource(
                    "generated",
                    one.id,
                    title=f"{one.count} rows of {one.template}, {timestamp(one.created)}",
                    mime_type=one.mime_type,
                )
                for one in kept
            ),
        ]

    def templates(self) -> list[ResourceTemplate]:
        """The forms of addresses."""
        return [
            ResourceTemplate(uri_template=form, name=name, description=description, mime_type=mime_type)
            for form, name, description, mime_type in _TEMPLATES
        ]

    async def read(self, uri: str) -> Content:
        """What the resource at an address holds now."""
        address = read_uri(uri)
        reader = self._readers.get(address.scheme)
        if reader is None:
            schemes = ", ".join(f"{name}://" for name in self._readers)
            raise InvalidRequest(f"There are no resources {address.scheme!r:.50}.", hint=f"There are {schemes}.")
        return await reader(address)

    async def stamps(self) -> dict[str, Any]:
        """By address, what changes when the file of a scenario or a template does."""
        files = {resource_uri("scenario", one.id): one.file for one in self._workspace.scenarios()}
        templates = await asyncio.to_thread(self._workspace.templates)
        files |= {resource_uri("template", one.id): one.file for one in templates}
        return await asyncio.to_thread(self._stamps, files)

    def _stamps(self, files: Mapping[str, str]) -> dict[str, Any]:
        found = {uri: look_at(self._workspace.root, file) for uri, file in files.items()}
        return {uri: each and each.stamp for uri, each in found.items()}

    async def _scenario(self, address: Address) -> Content:
        scenario = self._workspace.scenario(address.id)
        if not scenario.source and scenario.error is not None:
            raise scenario.error
        return Content(scenario.source, "text/x-python")

    async def _template(self, address: Address) -> Content:
        entries = await asyncio.to_thread(self._workspace.templates)
        entry = next((entry for entry in entries if entry.id == address.id), None)
        found = entry and look_at(self._workspace.root, entry.file)
        if entry is None or found is None:
            hint = "list_templates shows all."
            raise TemplateNotFound(f"There is no template {address.id!r:.80}.", hint=hint)
        if found.error is not None:
            raise found.error
        return Content(read_bytes(found.path, found.file).decode("utf-8-sig", errors="replace"), _JSON)

    async def _run(self, address: Address) -> Content:
        run = await self._history.get(address.id)
        if address.part == "log":
            log = await self._log(address.id, run.line_count)
            told = run.not_kept()
            return Content(f"{told}\n{log}" if told else log, _TEXT)
        if address.part == "result":
            return Content(json.dumps(jsonable(run.result), ensure_ascii=False, indent=1), _JSON)
        raise InvalidRequest(
            f"A run has no part {address.part!r:.50}.", hint="There are run://ID/log and run://ID/result."
        )

    async def _log(self, run_id: str, last: int) -> str:
        """The log up to line ``last``; of a long one its end, under a line that says so."""
        texts: list[str] = []
        size = 0
        while last > 0 and size <= MAX_LOG:
            after = max(last - _LINES, 0)
            lines = await self._history.lines(run_id, after=after, limit=last - after)
            page = [LineInfo.of(line).as_text() for line in reversed(lines) if line.number <= last]
            texts += page
            size += sum(len(text) + 1 for text in page)
            last = after if page else 0
        while size > MAX_LOG:
            size -= len(texts.pop()) + 1
        told = "".join(f"{text}\n" for text in reversed(texts))
        first = texts[-1].partition(" ")[0] if texts else "1"
        return told if first == "1" else f"... what comes before line {first} is not shown\n{told}"

    async def _generated(self, address: Address) -> Content:
        kept, rows = await asyncio.to_thread(self._kept.read, address.id)
        is_binary = any(each.binary for each in FORMATS.values() if each.media_type == kept.mime_type)
        return Content(rows if is_binary else rows.decode(), kept.mime_type)

    async def _server(self, address: Address) -> Content:
        if address.id != "status":
            raise InvalidRequest(f"There is no server://{address.id:.50}.", hint=f"There is {STATUS}.")
        supervisor = self._engine.supervisor
        going_on = [
            {"run_id": run.id, "scenario": run.scenario_id, "status": run.status, "created": timestamp(run.created)}
            for status in (Status.RUNNING, Status.QUEUED)
            for run in (await self._history.find(status=status, limit=50)).runs
        ]
        status = {
            "version": __version__,
            "workspace": self._workspace.root.name,
            "isolation": supervisor.isolation,
            "isolation_note": supervisor.isolation_note or None,
            "layers": {name: f"off: {why}" if why else "on" for name, why in supervisor.layers.items()},
            "servers": await asyncio.to_thread(self._servers),
            "runs": going_on,
        }
        return Content(json.dumps(status, ensure_ascii=False, indent=1), _JSON)

    def _servers(self) -> int:
        """Servers that live on the workspace, this one among them once it has run anything."""
        folder = self._workspace.state / "servers"
        return sum(is_alive(folder, file.stem) for file in folder.glob("server_*.lock"))


def _resource(scheme: str, id_: str, part: str = "", **more: Any) -> Resource:
    name = f"{id_}/{part}" if part else id_
    return Resource(uri=resource_uri(scheme, id_, part), name=name.encode(errors="replace").decode(), **more)
