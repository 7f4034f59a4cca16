"""``dm-mcp check``."""

from __future__ import annotations

import json
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


def test_check_finds_what_a_run_would_miss_with_its_line(dm_mcp: Command, write: Write, database: Database) -> None:
    write(
        "a",
        '# /// script\n# dependencies = ["numpy", "nothing-of-the-kind~=1.0"]\n# [tool.dm]\n'
        '# connections = ["conn_other"]\n# ///\n'
        "def main(dm):\n"
        '    dm.template("tmpl_ordre")\n'
        '    dm.connection("conn_postgres")\n'
        '    dm.connection("conn_nowhere")\n'
        '    dm.generate("Order", 1)\n',
    )
    done = dm_mcp("check")
    assert done.returncode == 1
    faults = [line for line in done.stdout.splitlines() if line.startswith("FAULT")]
    for fault, text in zip(
        faults,
        ["a.py:2: The header asks for", "a.py:7: There is no template", "a.py:8: The header's", "a.py:9: There is no"],
        strict=True,
    ):
        assert fault.startswith(f"FAULT  scenario a: {text}")


def test_the_isolation_is_told_in_a_sentence(dm_mcp: Command) -> None:
    [line] = [line for line in dm_mcp("check").stdout.splitlines() if " isolation: " in line]
    assert line.startswith(("ok     isolation: namespaces. A run ", "WARN   isolation: "))
    assert line.endswith(".")


def test_check_finds_templates_that_others_name_and_that_are_not_there(dm_mcp: Command, root: Path) -> None:
    (root / "templates" / "tmpl_customer.json").unlink()
    inner = '{"name": "c", "type": "template", "options": {"template_id": "tmpl_custmer"}}'
    outer = f'{{"name": "a", "type": "nested", "options": {{"fields": [{inner}]}}}}'
    (root / "templates" / "outer.json").write_text(f'{{"id": "outer", "name": "Outer", "fields": [{outer}]}}')
    done = dm_mcp("check")
    assert done.returncode == 1
    order, outer = "templates/tmpl_order.json, field 'customer_id'", "templates/outer.json, field 'a'"
    assert f"FAULT  template tmpl_order: {order}: There is no template 'tmpl_customer'" in done.stdout
    assert f"FAULT  template outer: {outer}: There is no template 'tmpl_custmer'" in done.stdout


def test_check_makes_a_row_of_each_template_to_see_that_it_can_be_made(dm_mcp: Command, root: Path) -> None:
    code = {"name": "c", "type": "first_name", "unique": True, "locale": {"de_DE": 1, "fr_FR": 1}}
    lost = {"name": "d", "type": "python", "options": {"code": "def value(rng, row, dm): raise SystemExit"}}
    for name, field in (("codes", code), ("lost", lost)):
        (root / "templates" / f"{name}.json").write_text(json.dumps({"name": name, "fields": [field]}))
    done = dm_mcp("check")
    assert "FAULT  template codes: templates/codes.json, field 'c': unique does not go with several" in done.stdout
    assert "ok     template lost" in done.stdout
