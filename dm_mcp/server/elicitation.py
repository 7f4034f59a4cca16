"""Ask the person at the client for required parameters that a call left out, where the client can.

The older protocol sends the question while the call waits; since 2026-07-28 the call ends with the question, and the
client calls again with the answer. Nothing has run before, either way.
https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import NoBackChannelError
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import is_version_at_least

from dm_mcp.errors import ParamsError
from dm_mcp.workspace.header import Param
from dm_mcp.workspace.params import validate_params
from dm_mcp.workspace.scenarios import Scenario

__all__ = ["with_missing_params"]

_QUESTION = "params"
_ANSWERED_BY_CALLING_AGAIN = "2026-07-28"
_SECRET = re.compile(r"passw|secret|token|credential|api_?key|private_?key", re.IGNORECASE)


async def with_missing_params(
    ctx: Context[Any, Any], scenario: Scenario, given: Mapping[str, Any]
) -> Mapping[str, Any] | InputRequiredResult:
    """The parameters given, and those that the person filled in; or what the call must end with, to ask.

    What can't be asked for stays missing: the run's own check refuses it then. That is so for a client that can't ask,
    for a list, and for what looks like a secret: the protocol forbids to ask for one in a form.
    """
    missing = {name: p for name, p in scenario.header.params.items() if p.required and name not in given}
    if not missing or scenario.error or not _else_right(scenario, given, missing) or not _can_ask(ctx):
        return given
    if any(param.type == "array" or _SECRET.search(name) for name, param in missing.items()):
        return given
    form = ElicitRequestFormParams(
        message=f"The scenario {scenario.title!r} needs {', '.join(missing)}.",
        requested_schema={
            "type": "object",
            "properties": {name: _question(param) for name, param in missing.items()},
            "required": list(missing),
        },
    )
    if is_version_at_least(ctx.protocol_version or "", _ANSWERED_BY_CALLING_AGAIN):
        answer = (ctx.input_responses or {}).get(_QUESTION)
        if answer is None:
            return InputRequiredResult(input_requests={_QUESTION: ElicitRequest(params=form)})
    else:
        try:
            answer = await ctx.session.elicit_form(form.message, form.requested_schema, ctx.request_id)
        except (MCPError, NoBackChannelError):  # it said that it can, and can't
            return given
    if not isinstance(answer, ElicitResult) or answer.action != "accept" or not answer.content:
        return given
    return {**given, **{name: value for name, value in answer.content.items() if name in missing}}


def _else_right(scenario: Scenario, given: Mapping[str, Any], missing: Mapping[str, Param]) -> bool:
    """Whether nothing is wrong but that these are missing."""
    others = {name: param for name, param in scenario.header.params.items() if name not in missing}
    try:
        validate_params(scenario.header.model_copy(update={"params": others}), given)
    except ParamsError:
        return False
    return True


def _can_ask(ctx: Context[Any, Any]) -> bool:
    """Whether the client shows forms; one that names no mode does, as all did before there were modes."""
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _question(param: Param) -> dict[str, Any]:
    """The parameter in the words that a form may use: only texts have a choice there."""
    schema = {key: value for key, value in param.schema_property().items() if key != "items" and value is not None}
    if param.type != "string" and (choices := schema.pop("enum", None)):
        told = f"one of {', '.join(map(str, choices))}"
        schema["description"] = f"{param.description} ({told})" if param.description else told
    return schema
