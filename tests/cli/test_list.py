"""``dm-mcp list``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import PARAMS, Command, Write


def test_list_shows_scenarios_parameters_templates_and_connections(dm_mcp: Command, write: Write) -> None:
    write("a", PARAMS)
    write("b", "def (")
    text = dm_mcp("list").stdout
    for part in ("a\n    Seeding", "-p count=3  integer", "broken: b.py:1", "tmpl_order", "conn_postgres"):
        assert part in text
    assert [each["id"] for each in json.loads(dm_mcp("list", "--json").stdout)] == ["a", "b"]


def test_list_tells_a_whole_template_s_size_and_a_broken_one_s_error(dm_mcp: Command, root: Path) -> None:
    (root / "templates" / "bad.json").write_text('{"name": "Bad", "fields": [{"name": "a", "type": "flaot"}]}')
    text = dm_mcp("list").stdout
    assert "    tmpl_order  Order, 5 fields\n" in text
    assert "    bad  broken: templates/bad.json:1, field 'a': unknown field type 'flaot'" in text
