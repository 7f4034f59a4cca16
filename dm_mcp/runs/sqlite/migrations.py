"""The tables of ``runs.db``, version by version. A migration that was released never changes; a new one is added."""

from __future__ import annotations

import sqlite3

from dm_mcp.errors import StoreFailed

__all__ = ["MIGRATIONS", "known_version", "migrate"]

_FIRST = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of their starts, for clocks may go back
    id TEXT NOT NULL UNIQUE,
    scenario TEXT NOT NULL,
    title TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    params TEXT NOT NULL,
    seed INTEGER NOT NULL,
    caller TEXT NOT NULL,
    owner TEXT NOT NULL,
    key TEXT UNIQUE,
    request TEXT NOT NULL,
    status TEXT NOT NULL,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    done REAL,
    total REAL,
    result TEXT,
    error TEXT,
    line_count INTEGER NOT NULL DEFAULT 0,
    dropped_lines INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX runs_by_scenario ON runs (scenario, number);
CREATE INDEX runs_by_status ON runs (status, number);
CREATE TABLE stored_rows (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    connection TEXT NOT NULL,
    table_name TEXT NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    PRIMARY KEY (run, connection, table_name)
) STRICT, WITHOUT ROWID;
CREATE TABLE log_lines (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    time REAL NOT NULL,
    level TEXT NOT NULL,
    stream TEXT NOT NULL,
    text TEXT NOT NULL,
    fields TEXT,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
"""

MIGRATIONS = (_FIRST,)
"""Statements that lead from each version to the next; the first from nothing to version 1."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the latest version, all or nothing; servers that start at once wait for each other.

    The version is SQLite's own ``user_version``. Raises `StoreFailed` for tables of a later version than we know.
    """
    if known_version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in MIGRATIONS[known_version(connection) :]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def known_version(connection: sqlite3.Connection) -> int:
    """The version of the tables, 0 for none yet. Raises `StoreFailed` for a later one than we know."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreFailed(
            f"The history was written by a newer dm-mcp: its tables are of version {version}, "
            f"this one knows {len(MIGRATIONS)}.",
            hint="Use that dm-mcp, or move runs.db, runs.db-wal and runs.db-shm away to begin a new history.",
            file=".dm/runs.db",
        )
    return version
