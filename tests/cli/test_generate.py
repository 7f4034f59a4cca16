"""``dm-mcp generate``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_generate_writes_rows_to_a_file_or_to_standard_output(dm_mcp: Command, tmp_path: Path) -> None:
    printed = dm_mcp("generate", "tmpl_order", "--count", "20000", "--seed", "3", "--format", "jsonl")
    assert "20000 rows of tmpl_order, seed 3" in printed.stderr
    rows = [json.loads(line) for line in printed.stdout.splitlines()]
    assert len(rows) == 20_000
    file = tmp_path / "rows.json"
    dm_mcp("generate", "Order", "--count", "20000", "--seed", "3", "--output", str(file), "--override", "amount=5")
    assert json.loads(file.read_text()) == [{**row, "amount": 5} for row in rows]


@pytest.mark.parametrize(("ending", "begins"), [("csv", b"id,"), ("xlsx", b"PK"), ("parquet", b"PAR1")])
def test_the_format_follows_from_the_file(dm_mcp: Command, tmp_path: Path, ending: str, begins: bytes) -> None:
    file = tmp_path / f"rows.{ending}"
    dm_mcp("generate", "tmpl_order", "--count", "9000", "--output", str(file))
    assert file.read_bytes().startswith(begins)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [file.name]


def test_sql_is_for_a_table_and_in_a_dialect(dm_mcp: Command) -> None:
    done = dm_mcp("generate", "tmpl_order", "--format", "sql", "--table", "shop.orders", "--dialect", "sqlserver")
    assert done.stdout.startswith("INSERT INTO [shop].[orders] ([id],")


def test_fields_and_schemas_take_the_place_of_a_template(dm_mcp: Command, tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text('[{"name": "mail", "type": "email"}]')
    assert list(json.loads(dm_mcp("generate", "--fields", f"@{file}").stdout)[0]) == ["mail"]
    schema = tmp_path / "person.json"
    schema.write_text('{"properties": {"city": {"type": "string"}}, "required": ["city"]}')
    done = dm_mcp("generate", "--schema", str(schema), "--format", "csv")
    assert done.stdout.splitlines()[0] == "city"
    assert "10 rows of person" in done.stderr


LONG = json.dumps([{"name": "x", "type": "enum", "options": {"values": ["x" * 40_000]}}])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Give one of"),
        (("tmpl_order", "--fields", "[]"), "Give one of"),
        (("--fields", "{nothing"), "--fields holds no JSON"),
        (("--fields", "[]"), "the template has no fields"),
        (("--fields", "@missing.json"), "missing.json"),
        (("--schema", "missing.json"), "missing.json"),
        (("tmpl_order", "--format", "xlsx", "--count", "1048576"), "1,048,575 rows"),
        (("--fields", LONG, "--format", "xlsx"), "'x': a cell of Excel holds 32,767 characters"),
    ],
)
def test_what_is_wrong_is_told_and_no_file_is_left(
    dm_mcp: Command, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = dm_mcp("generate", *arguments, "--output", str(tmp_path / "rows"))
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_an_interrupt_ends_it(root: Path) -> None:
    command = [sys.executable, "-m", "dm_mcp", "generate", "--workspace", str(root), "tmpl_customer"]
    command += ["--count", "100000000", "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert len(process.stdout.read(1_000_000)) == 1_000_000
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told == b""


def test_a_reader_that_stops_reading_is_no_failure(dm_mcp: Command, root: Path) -> None:
    command = (
        f"{sys.executable} -m dm_mcp generate --workspace {root} tmpl_order --count 300000 --format jsonl | head -1"
    )
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=50)
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_words_of_another_locale_are_told(dm_mcp: Command) -> None:
    fields = '{"locale": "de_XX", "fields": [{"name": "n", "type": "first_name"}]}'
    assert "There is no locale 'de_XX'; de_DE stands in for it." in dm_mcp("generate", "--fields", fields).stderr


def test_python_fields_run_in_a_worker_and_references_find_their_template(dm_mcp: Command) -> None:
    code = "def value(rng, row, dm) -> int:\n    import os\n    return os.getppid()"
    fields = [
        {"name": "v", "type": "python", "options": {"code": code}},
        {"name": "c", "type": "reference", "options": {"template_id": "tmpl_customer", "field": "id", "rows": 2}},
    ]
    rows = json.loads(dm_mcp("generate", "--fields", json.dumps(fields), "--count", "20", "--seed", "1").stdout)
    customers = json.loads(dm_mcp("generate", "tmpl_customer", "--count", "2", "--seed", "1").stdout)
    assert {row["c"] for row in rows} == {customer["id"] for customer in customers}
    assert {row["v"] for row in rows} != {os.getpid()}
