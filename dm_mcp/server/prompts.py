"""The prompts: one a scenario, for people who pick it from a menu."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mcp_types import GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from dm_mcp.workspace.header import Param
from dm_mcp.workspace.params import coerce_params, validate_params
from dm_mcp.workspace.scenarios import Scenario
from dm_mcp.workspace.workspace import Workspace

__all__ = ["Prompts"]


class Prompts:
    """Read anew at each call, so that edits show."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def find(self) -> list[Prompt]:
        """A prompt for each scenario that can be run. Raises `WorkspaceError` when ``dm.toml`` is broken."""
        return [_prompt(scenario) for scenario in self._workspace.scenarios() if scenario.error is None]

    def get(self, scenario_id: str, given: Mapping[str, str]) -> GetPromptResult:
        """What the person says to the model.

        Raises `ScenarioNotFound`, the scenario's own error when it is broken, and `ParamsError`.
        """
        scenario = self._workspace.scenario(scenario_id)
        if scenario.error is not None:
            raise scenario.error
        filled = {name: text for name, text in given.items() if text != "" or name not in scenario.header.params}
        params = coerce_params(scenario.header, filled)
        validate_params(scenario.header, params)
        arguments = json.dumps({"scenario": scenario.id, **({"params": params} if params else {})}, ensure_ascii=False)
        text = (
            f"Run the scenario {scenario.title!r} with execute_scenario and these arguments:\n{arguments}\n"
            "Then say how it ended: its status, the rows that were stored, and what to mend if it failed."
        )
        message = PromptMessage(role="user", content=TextContent(type="text", text=text))
        return GetPromptResult(description=scenario.description or scenario.title, messages=[message])


def _prompt(scenario: Scenario) -> Prompt:
    return Prompt(
        name=scenario.id,
        title=scenario.title,
        description=scenario.description or scenario.title,
        arguments=[
            PromptArgument(name=name, title=param.title, description=_told(param), required=param.required)
            for name, param in scenario.header.params.items()
        ],
    )


def _told(param: Param) -> str:
    """What the parameter is, in a line."""
    choices = f"one of {', '.join(map(str, param.enum))}" if param.enum else param.type
    default = "" if param.required else f"; default {json.dumps(param.default, ensure_ascii=False)}"
    return f"{param.description} ({choices}{default})" if param.description else f"{choices}{default}"
