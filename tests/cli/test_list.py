"""``dm-mcp list``."""

from __future__ import annotations

import json

from tests.cli.conftest import PARAMS, Command, Write


def test_list_shows_scenarios_parameters_templates_and_connections(dm_mcp: Command, write: Write) -> None:
    write("a", PARAMS)
    write("b", "def (")
    text = dm_mcp("list").stdout
    for part in ("a\n    Seeding", "-p count=3  integer", "broken: b.py:1", "tmpl_order", "conn_postgres"):
        assert part in text
    assert [each["id"] for each in json.loads(dm_mcp("list", "--json").stdout)] == ["a", "b"]
