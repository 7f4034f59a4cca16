"""The committed mcp.json starts the server, whatever folder the client works in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import PROJECT


async def test_the_server_of_mcp_json_lists_the_shipped_scenarios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    [entry] = json.loads((PROJECT / "mcp.json").read_text())["mcpServers"].values()
    if not (PROJECT / entry["command"]).exists():
        pytest.skip("the project is not installed in .venv: `make demo` does that")
    parameters = StdioServerParameters(
        command=entry["command"], args=entry["args"], cwd=PROJECT, env={"PATH": os.environ["PATH"]}
    )
    async with Client(parameters) as client:
        listed = await client.call_tool("list_scenarios", {})
    assert listed.structured_content is not None
    ids = [scenario["id"] for scenario in listed.structured_content["scenarios"]]
    assert ids == ["customers_and_orders", "customers_by_country", "regression_seeding"]
    assert all(scenario["error"] is None for scenario in listed.structured_content["scenarios"])
