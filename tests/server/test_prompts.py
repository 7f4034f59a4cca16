"""Prompts: one a scenario."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mcp import Client, MCPError
from mcp_types import TextContent

from tests.server.in_memory import each_mode

Write = Callable[[str, str], None]

SEEDING = """\
# /// script
# [tool.dm]
# title = "Seeding"
# description = "Customers first."
# [tool.dm.params.n]
# type = "integer"
# description = "How many"
# [tool.dm.params.place]
# enum = ["dev", "test"]
# type = "string"
# default = "dev"
# ///
"""


@each_mode
async def test_each_scenario_that_can_be_run_is_a_prompt(client: Client, write: Write) -> None:
    write("seeding", SEEDING)
    write("broken", "def (:")
    [prompt] = (await client.list_prompts()).prompts
    assert (prompt.name, prompt.title, prompt.description) == ("seeding", "Seeding", "Customers first.")
    assert [(a.name, a.required, a.description) for a in prompt.arguments or []] == [
        ("n", True, "How many (integer)"),
        ("place", False, 'one of dev, test; default "dev"'),
    ]


@each_mode
async def test_a_prompt_asks_to_run_its_scenario_with_values_of_the_right_types(client: Client, write: Write) -> None:
    write("seeding", SEEDING)
    [message] = (await client.get_prompt("seeding", {"n": "3", "place": ""})).messages
    assert isinstance(message.content, TextContent)
    first, arguments, _ = message.content.text.split("\n")
    assert "execute_scenario" in first
    assert json.loads(arguments) == {"scenario": "seeding", "params": {"n": 3}}


async def test_an_edit_shows_at_once(client: Client, write: Write) -> None:
    write("a", "")
    assert [prompt.title for prompt in (await client.list_prompts()).prompts] == ["A"]
    write("a", "# /// script\n# [tool.dm]\n# title = 'Another'\n# ///\n")
    assert [prompt.title for prompt in (await client.list_prompts()).prompts] == ["Another"]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("seeding", {}, "params_invalid: .*'n' is required"),
        ("seeding", {"n": "many"}, "params_invalid: .*'n' .*integer"),
        ("seeding", {"n": "1", "place": "prod"}, "params_invalid: .*one of 'dev', 'test'"),
        ("seeding", {"n": "1", "plaec": "dev"}, "params_invalid: .*Did you mean 'place'"),
        ("seeding", {"n": "1" * 10_000}, "params_invalid: "),
        ("broken", {}, "scenario_invalid: broken.py:1"),
        ("../seeding", {}, "scenario_not_found: "),
        ("s" * 100_000, {}, "scenario_not_found: "),
    ],
)
async def test_wrong_arguments_are_refused_in_few_words(
    reader: Client, share: Write, name: str, arguments: dict[str, str], told: str
) -> None:
    share("seeding", SEEDING)
    share("broken", "def (:")
    with pytest.raises(MCPError, match=told) as caught:
        await reader.get_prompt(name, arguments)
    assert caught.value.error.code == -32602
    assert len(caught.value.error.message) < 1_000


@each_mode
async def test_a_broken_configuration_is_told(client: Client, root: Path) -> None:
    (root / "dm.toml").write_text("[connections")
    with pytest.raises(MCPError, match=r"workspace_invalid: dm\.toml:1"):
        await client.list_prompts()
