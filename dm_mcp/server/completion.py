"""What could stand where a person is typing: ids of resources, values of a scenario's parameters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from mcp_types import Completion, CompletionArgument, PromptReference, ResourceTemplateReference

from dm_mcp.errors import InvalidRequest
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.kept_rows import KeptRows

__all__ = ["Completer"]

_MOST = 100
"""Values in one answer: the protocol's own limit."""


class Completer:
    """Completes the ``id`` of the resources' addresses, and arguments of prompts."""

    def __init__(self, engine: Engine, kept: KeptRows) -> None:
        self._engine = engine
        self._kept = kept

    async def complete(
        self, ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument
    ) -> Completion:
        """Values that begin with what was typed, then those that hold it.

        Raises `ScenarioNotFound` and `InvalidRequest` for a prompt or resources that there are not.
        """
        known: Iterable[str] = ()
        if isinstance(ref, PromptReference):
            known = self._choices(ref.name, argument.name)
        elif argument.name in {"id", "+id"}:
            known = await self._ids(ref.uri.partition("://")[0])
        typed = argument.value.casefold()
        holding = [value for value in known if typed in value.casefold()]
        found = sorted(holding, key=lambda value: not value.casefold().startswith(typed))
        return Completion(values=found[:_MOST], total=len(found), has_more=len(found) > _MOST)

    def _choices(self, scenario_id: str, name: str) -> Iterable[str]:
        param = self._engine.workspace.scenario(scenario_id).header.params.get(name)
        if param is None:
            return ()
        return ["true", "false"] if param.type == "boolean" else map(str, param.enum or [])

    async def _ids(self, scheme: str) -> Iterable[str]:
        workspace = self._engine.workspace
        match scheme:
            case "scenario":
                return [scenario.id for scenario in workspace.scenarios()]
            case "template":
                return [entry.id for entry in await asyncio.to_thread(workspace.templates)]
            case "run":
                return [run.id for run in (await self._engine.history.find(limit=500)).runs]
            case "generated":
                return [kept.id for kept in await asyncio.to_thread(self._kept.find)]
            case _:
                raise InvalidRequest(
                    f"There are no resources {scheme!r:.50}.", hint="resources/templates/list shows them."
                )
