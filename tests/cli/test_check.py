"""``dm-mcp check``."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Command, Write
from tests.conftest import Database


def test_check_tells_what_is_well_and_what_is_not(
    dm_mcp: Command, write: Write, root: Path, database: Database
) -> None:
    write("a", "print(1)")
    well = dm_mcp("check")
    assert well.returncode == 0
    assert "ok     connection conn_postgres: PostgreSQL" in well.stdout
    assert "isolation" in well.stdout
    write("b", "def (")
    (root / "templates" / "bad.json").write_text("{")
    faulty = dm_mcp("check")
    assert faulty.returncode == 1
    assert "FAULT  scenario b: b.py:1" in faulty.stdout
    assert "FAULT  template bad" in faulty.stdout
