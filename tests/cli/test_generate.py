"""``dm-mcp generate``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Command


def test_generate_writes_rows_to_a_file_or_to_standard_output(dm_mcp: Command, tmp_path: Path) -> None:
    printed = dm_mcp("generate", "tmpl_order", "--count", "20000", "--seed", "3", "--format", "jsonl")
    assert "20000 rows of tmpl_order, seed 3" in printed.stderr
    rows = [json.loads(line) for line in printed.stdout.splitlines()]
    assert len(rows) == 20_000
    file = tmp_path / "rows.json"
    dm_mcp("generate", "Order", "--count", "20000", "--seed", "3", "--output", str(file), "--override", "amount=5")
    assert json.loads(file.read_text()) == [{**row, "amount": 5} for row in rows]


def test_a_reader_that_stops_reading_is_no_failure(dm_mcp: Command, root: Path) -> None:
    command = (
        f"{sys.executable} -m dm_mcp generate --workspace {root} tmpl_order --count 300000 --format jsonl | head -1"
    )
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=50)
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
