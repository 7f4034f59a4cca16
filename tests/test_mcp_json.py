"""The committed mcp.json starts the server, and so does the same entry with absolute paths from anywhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import PROJECT


@pytest.mark.parametrize("form", ["relative", "absolute"])
async def test_the_server_of_mcp_json_lists_the_shipped_scenarios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    [entry] = json.loads((PROJECT / "mcp.json").read_text())["mcpServers"].values()
    arguments, cwd = entry["args"], None
    if form == "relative":  # a client that works in the project's folder, wherever it was started from
        command, cwd = entry["command"], PROJECT
    else:  # the README's form for the others
        command, arguments = str(PROJECT / entry["command"]), [*arguments[:2], str(PROJECT / arguments[2])]
    parameters = StdioServerParameters(command=command, args=arguments, cwd=cwd, env={"PATH": os.environ["PATH"]})
    async with Client(parameters) as client:
        listed = await client.call_tool("list_scenarios", {})
    assert listed.structured_content is not None
    ids = [scenario["id"] for scenario in listed.structured_content["scenarios"]]
    assert ids == ["customers_and_orders", "customers_by_country", "regression_seeding"]
    assert all(scenario["error"] is None for scenario in listed.structured_content["scenarios"])
