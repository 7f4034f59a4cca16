"""What could stand where a person is typing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mcp import Client, MCPError
from mcp_types import PromptReference, ResourceTemplateReference

from tests.server.in_memory import data_of, each_mode

Write = Callable[[str, str], None]


async def complete(client: Client, uri: str, typed: str) -> list[str]:
    ref = ResourceTemplateReference(uri=uri)
    return (await client.complete(ref, {"name": "id", "value": typed})).completion.values


@each_mode
async def test_ids_of_resources_are_completed(client: Client, write: Write) -> None:
    for name in ("orders", "seed_orders", "customers"):
        write(name, "print(1)")
    assert await complete(client, "scenario://{+id}", "ord") == ["orders", "seed_orders"]
    assert await complete(client, "template://{+id}", "tmpl_o") == ["tmpl_order"]
    run_id = data_of(await client.call_tool("execute_scenario", {"scenario": "orders"}))["run_id"]
    assert await complete(client, "run://{id}/log", "run") == [run_id]
    many = {"template": "tmpl_customer", "count": 500}
    kept = data_of(await client.call_tool("generate", many))["resource"].removeprefix("generated://")
    assert await complete(client, "generated://{id}", "") == [kept]


@each_mode
async def test_no_more_are_given_than_the_protocol_takes(client: Client, write: Write) -> None:
    for n in range(150):
        write(f"seed_{n}", "")
    ref = ResourceTemplateReference(uri="scenario://{+id}")
    found = (await client.complete(ref, {"name": "id", "value": "s"})).completion
    assert (len(found.values), found.total, found.has_more) == (100, 150, True)


async def test_values_of_a_scenario_s_parameters_are_completed(client: Client, write: Write) -> None:
    write(
        "a",
        "# /// script\n# [tool.dm.params.place]\n# type = 'string'\n# enum = ['dev', 'test']\n# default = 'dev'\n"
        "# [tool.dm.params.dry]\n# type = 'boolean'\n# default = false\n# ///\n",
    )
    ref = PromptReference(name="a")

    async def values(name: str, typed: str) -> list[str]:
        return (await client.complete(ref, {"name": name, "value": typed})).completion.values

    assert await values("place", "") == ["dev", "test"]
    assert await values("place", "T") == ["test"]
    assert await values("dry", "t") == ["true"]
    assert await values("nothing", "") == []


@each_mode
async def test_what_there_is_not_is_refused(client: Client) -> None:
    with pytest.raises(MCPError, match="scenario_not_found: "):
        await client.complete(PromptReference(name="nothing"), {"name": "n", "value": ""})
    with pytest.raises(MCPError, match="invalid_request: "):
        await complete(client, "file://{id}", "")
