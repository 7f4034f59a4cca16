"""The tables of every earlier version become those of now; what a later version wrote is left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from dm_mcp.errors import StoreFailed
from dm_mcp.runs.run import Status
from dm_mcp.runs.sqlite import SqliteStore
from dm_mcp.runs.sqlite.migrations import MIGRATIONS, migrate
from tests.runs.records import add


def _rows_of_version_1(db: sqlite3.Connection) -> None:
    db.execute(
        "INSERT INTO runs VALUES (7, 'run_old', 'a', 'A', 'hash', '{\"n\":1}', 5, 'cli', 'server_x', 'key', 'request',"
        " 'done', 1.0, 2.0, 3.0, 4.0, 5.0, '{\"r\":1}', NULL, 2, 0)"
    )
    db.execute("INSERT INTO stored_rows VALUES (7, 'conn', 't', 1, 2, 3)")
    db.execute("INSERT INTO log_lines VALUES (7, 1, 2.5, 'info', 'stdout', 'one', NULL)")
    db.execute("INSERT INTO log_lines VALUES (7, 2, 2.6, 'warn', 'log', 'two', '{\"a\":1}')")


ROWS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _rows_of_version_1}
"""By version, what a server of that version wrote. A new version of the tables adds its own here."""


def make(file: Path, version: int) -> None:
    """A file as a server of that version left it."""
    db = sqlite3.connect(file, isolation_level=None)
    for script in MIGRATIONS[:version]:
        db.executescript(script)
    db.execute(f"PRAGMA user_version = {version}")
    if version:
        ROWS[version](db)
    db.close()


def bytes_of(file: Path) -> bytes:
    return file.read_bytes()


def tables(file: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(file)
    found = db.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name").fetchall()
    db.close()
    return found


def test_every_version_has_rows_to_be_tested_with() -> None:
    assert sorted(ROWS) == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
async def test_what_an_earlier_version_wrote_is_kept_and_goes_on(store: SqliteStore, file: Path, version: int) -> None:
    make(file, version)
    run = await store.get("run_old", tail=9)
    assert (run.status, run.params, run.result, run.progress) == (Status.DONE, {"n": 1}, {"r": 1}, (4.0, 5.0))
    assert [(line.text, line.fields) for line in run.lines] == [("one", None), ("two", {"a": 1})]
    assert run.stored["conn", "t"].updated == 2
    new = await add(store)
    assert [each.id for each in (await store.find(limit=9)).runs] == [new.id, "run_old"]


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
async def test_every_way_leads_to_the_same_tables(tmp_path: Path, version: int) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    make(old, version)
    for file in (old, new):
        db = sqlite3.connect(file, isolation_level=None)
        migrate(db)
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        db.close()
    assert tables(old) == tables(new)


async def test_a_newer_history_is_refused_and_left_alone(store: SqliteStore, file: Path) -> None:
    db = sqlite3.connect(file)
    db.executescript(f"CREATE TABLE later (x); PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    before = bytes_of(file)
    with pytest.raises(StoreFailed, match=f"newer dm-mcp.*version {len(MIGRATIONS) + 1}") as caught:
        await add(store)
    with pytest.raises(StoreFailed, match="newer dm-mcp"):
        await store.find(limit=1)
    assert "move runs.db" in caught.value.hint
    assert bytes_of(file) == before


async def test_a_migration_that_fails_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(file, len(MIGRATIONS))
    before = tables(file)
    broken = (*MIGRATIONS, "CREATE TABLE half (x); INSERT INTO missing VALUES (1);")
    monkeypatch.setattr("dm_mcp.runs.sqlite.migrations.MIGRATIONS", broken)
    db = sqlite3.connect(file, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="missing"):
        migrate(db)
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    db.close()
    assert tables(file) == before
