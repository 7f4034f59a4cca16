"""Required parameters that a call left out are asked for, where the client can ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult, ErrorData

from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp_server import WorkspaceServer
from tests.server.in_memory import MODES, data_of, text_of

Write = Callable[[str, str], None]

SCENARIO = """\
# /// script
# [tool.dm.params.count]
# type = "integer"
# minimum = 1
# description = "How many"
# [tool.dm.params.place]
# type = "string"
# enum = ["dev", "test"]
# [tool.dm.params.size]
# type = "integer"
# enum = [1, 10]
# [tool.dm.params.note]
# type = "string"
# default = ""
# ///
from datamaker import DataMaker
dm = DataMaker()
dm.result(dict(dm.params))
"""


class Person:
    """Answers questions, and remembers them."""

    def __init__(self, action: str, content: dict[str, Any] | None = None) -> None:
        self.asked: list[ElicitRequestFormParams] = []
        self._answer = ElicitResult.model_validate({"action": action, "content": content})

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params)
        return self._answer


async def call(engine: Engine, mode: Any, person: Person | None, arguments: dict[str, Any]) -> Any:
    async with Client(WorkspaceServer(engine), mode=mode, elicitation_callback=person) as client:
        return await client.call_tool("execute_scenario", arguments)


@pytest.mark.parametrize("mode", MODES)
async def test_what_is_missing_is_asked_for_once_and_the_scenario_runs(engine: Engine, write: Write, mode: str) -> None:
    write("a", SCENARIO)
    person = Person("accept", {"count": 3, "size": 10, "more": "x"})
    result = await call(engine, mode, person, {"scenario": "a", "params": {"place": "dev"}})
    assert data_of(result)["params"] == {"count": 3, "place": "dev", "size": 10, "note": ""}
    [asked] = person.asked
    assert asked.message == "The scenario 'A' needs count, size."
    assert asked.requested_schema == {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "minimum": 1, "description": "How many"},
            "size": {"type": "integer", "description": "one of 1, 10"},
        },
        "required": ["count", "size"],
    }
    assert len((await engine.history.find()).runs) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "person",
    [
        None,
        Person("decline"),
        Person("cancel"),
        Person("accept"),
        Person("accept", {"count": 0, "place": "dev", "size": 1}),
        Person("accept", {"count": 1, "place": "prod", "size": 1}),
    ],
    ids=["who can't be asked", "declines", "cancels", "says nothing", "is out of range", "picks no choice"],
)
async def test_without_a_right_answer_nothing_runs_and_the_parameters_are_told(
    engine: Engine, write: Write, mode: str, person: Person | None
) -> None:
    write("a", SCENARIO)
    result = await call(engine, mode, person, {"scenario": "a"})
    assert result.is_error
    assert text_of(result).startswith("params_invalid: ")
    assert "count (integer)" in text_of(result)
    assert (await engine.history.find()).runs == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("scenario", "params"),
    [
        (SCENARIO, {"placee": "dev"}),
        (SCENARIO, {"place": "prod"}),
        (SCENARIO.replace("count", "api_key"), {}),
        (SCENARIO.replace("count", "db_password"), {}),
        ("# /// script\n# [tool.dm.params.ids]\n# type = 'array'\n# ///\n", {}),
        ("def (:", {}),
    ],
    ids=["another fault", "a wrong choice", "a key", "a password", "a list", "a broken script"],
)
async def test_nobody_is_asked_in_vain_or_for_a_secret(
    engine: Engine, write: Write, mode: str, scenario: str, params: dict[str, Any]
) -> None:
    write("a", scenario)
    person = Person("accept", {"count": 1})
    result = await call(engine, mode, person, {"scenario": "a", "params": params})
    assert result.is_error
    assert person.asked == []
    assert (await engine.history.find()).runs == []
