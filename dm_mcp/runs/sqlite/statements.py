"""What the store does with its tables, each function within one transaction of its caller."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, overload

from dm_mcp.connections.base import Stored
from dm_mcp.errors import DmError, KeyTaken, QueueFull, RunNotFound, from_dict
from dm_mcp.protocol import jsonable
from dm_mcp.runs.run import Change, LogLine, Progress, Run, Status
from dm_mcp.runs.store import LEVELS, Page, Retention

__all__ = ["add", "find", "get", "interrupt", "lines", "owners", "save", "shrink", "trim"]

_TRIM_STEP = 2_000  # lines that go in one transaction
_LINES_AT_ONCE = 1_000
_SHRINK_PAGES = 1_000
_SPARE_PAGES = 250  # stay in the file: the next runs need them
_SMALLEST_SIZE = 1024 * 1024  # bytes: no limit is taken for less, an empty history has some
_BIGGEST = 2**63 - 1  # what SQLite takes as an integer
_INTERRUPTED = {
    "code": "interrupted",
    "message": "The server was gone before the run ended.",
    "hint": "Look at what it has stored, then start it again.",
}


def add(db: sqlite3.Connection, run: Run, max_unfinished: int, key: str | None, request: str) -> str | None:
    """Insert the run; the id of the run that has its key, if there is one."""
    key = _text(key)
    if key is not None:
        known = db.execute("SELECT id, request FROM runs WHERE key = ?", (key,)).fetchone()
        if known is not None:
            if known[1] != request:
                raise KeyTaken(
                    f"The idempotency key {key!r:.80} belongs to another request, that of {known[0]}.",
                    hint="Use a new key for a new request, or repeat that one exactly.",
                )
            return known[0]
    unfinished = db.execute("SELECT count(*) FROM runs WHERE status IN ('queued', 'running')").fetchone()[0]
    if unfinished >= max_unfinished:
        raise QueueFull(f"{unfinished} runs go on or wait already.", hint="Wait for some to end, or cancel some.")
    db.execute(
        "INSERT INTO runs (id, scenario, title, source_hash, params, seed, caller, owner, key, request, status,"
        " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(run.id, _text(run.scenario_id), _text(run.title), run.source_hash, _json(run.params), run.seed),
            *(_text(run.caller), run.owner, key, request, run.status, run.created),
        ),
    )
    return None


def save(db: sqlite3.Connection, changes: Sequence[tuple[str, Change]]) -> None:
    """Store changes of runs; those of a run that is gone are dropped."""
    for run_id, change in changes:
        row = db.execute("SELECT number FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is not None:  # else its record was trimmed away, or the whole history was
            _save_one(db, row[0], change)


def _save_one(db: sqlite3.Connection, number: int, change: Change) -> None:
    if change.began is not None:
        db.execute(
            "UPDATE runs SET status = 'running', started = ? WHERE number = ? AND status = 'queued'",
            (change.began, number),
        )
    lines = [line for line in change.lines if line.number > change.dropped]
    for start in range(0, len(lines), _LINES_AT_ONCE):
        # One statement for many: sqlite3 lets other threads run at each, and gets its turn back late.
        some = [(*line[:5], line.fields and _json(line.fields)) for line in lines[start : start + _LINES_AT_ONCE]]
        db.execute(
            "INSERT INTO log_lines SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,"
            " value ->> 5 FROM json_each(?)",
            (number, json.dumps(some)),
        )
    if change.lines or change.dropped:
        db.execute("DELETE FROM log_lines WHERE run = ? AND number <= ?", (number, change.dropped))
        last = change.lines[-1].number if change.lines else 0
        db.execute(
            "UPDATE runs SET line_count = max(line_count, ?), dropped_lines = max(dropped_lines, ?) WHERE number = ?",
            (last, change.dropped, number),
        )
    if change.progress is not None:
        db.execute("UPDATE runs SET done = ?, total = ? WHERE number = ?", (*change.progress, number))
    for (connection, table), stored in change.stored.items():
        db.execute(
            "INSERT INTO stored_rows VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " inserted = inserted + excluded.inserted, updated = updated + excluded.updated,"
            " skipped = skipped + excluded.skipped",
            (number, connection, table, stored.inserted, stored.updated, stored.skipped),
        )
    if change.end is not None:
        status, ended, result, error = change.end
        db.execute(
            "UPDATE runs SET status = ?, ended = ?, result = ?, error = ?"
            " WHERE number = ? AND status IN ('queued', 'running')",
            (status, ended, _json(jsonable(result)), error and _json(error.to_dict()), number),
        )


_COLUMNS = (
    "number, id, scenario, title, source_hash, params, seed, caller, owner, status, created, started, ended, done,"
    " total, result, error, line_count, dropped_lines"
)


def get(db: sqlite3.Connection, run_id: str, tail: int) -> Run:
    """The run with the end of its log."""
    row = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (_text(run_id),)).fetchone()  # noqa: S608 - ours
    if row is None:
        raise _unknown(db, run_id)
    run = _run(db, row)
    run.lines = _log(db, row[0], after=run.lines_before - tail, limit=tail, levels=LEVELS)
    run.lines_before -= len(run.lines)
    return run


def find(db: sqlite3.Connection, scenario: str | None, status: Status | None, limit: int, cursor: int | None) -> Page:
    """Runs without their logs, the latest first."""
    before = None if cursor is None else min(cursor, _BIGGEST)
    wanted = {"scenario = ?": _text(scenario), "status = ?": status, "number < ?": before}
    given = {clause: value for clause, value in wanted.items() if value is not None}
    where = f" WHERE {' AND '.join(given)}" if given else ""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM runs{where} ORDER BY number DESC LIMIT ?",  # noqa: S608 - our columns and clauses
        (*given.values(), limit + 1),
    ).fetchall()
    more = len(rows) > limit
    return Page([_run(db, row) for row in rows[:limit]], rows[limit - 1][0] if more else None)


def lines(db: sqlite3.Connection, run_id: str, after: int, limit: int, levels: Sequence[str]) -> list[LogLine]:
    """Lines of a run's log."""
    row = db.execute("SELECT number FROM runs WHERE id = ?", (_text(run_id),)).fetchone()
    if row is None:
        raise _unknown(db, run_id)
    return _log(db, row[0], after=after, limit=limit, levels=levels)


def _log(db: sqlite3.Connection, number: int, *, after: int, limit: int, levels: Sequence[str]) -> list[LogLine]:
    rows = db.execute(
        "SELECT number, time, level, stream, text, fields FROM log_lines WHERE run = ? AND number > ?"
        " AND level IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?",
        (number, min(after, _BIGGEST), json.dumps(levels), limit),
    )
    return [LogLine(*row[:5], fields=row[5] and json.loads(row[5])) for row in rows]


def _run(db: sqlite3.Connection, row: Sequence[Any]) -> Run:
    """The run of a row, without its log."""
    number, run_id, scenario, title, source_hash, params, seed, caller, owner, status, *times, result, error = row[:17]
    created, started, ended, done, total = times
    stored = db.execute(
        "SELECT connection, table_name, inserted, updated, skipped FROM stored_rows WHERE run = ?", (number,)
    )
    return Run(
        scenario_id=scenario,
        title=title,
        seed=seed,
        params=json.loads(params),
        source_hash=source_hash,
        caller=caller,
        owner=owner,
        id=run_id,
        status=Status(status),
        lines_before=row[17],
        dropped_lines=row[18],
        progress=None if done is None else Progress(done, total),
        stored={(connection, table): Stored(*counts) for connection, table, *counts in stored},
        result=result and json.loads(result),
        error=error and from_dict(json.loads(error)),
        created=created,
        started=started,
        ended=ended,
    )


def owners(db: sqlite3.Connection) -> set[str]:
    """The servers of runs that have not ended."""
    return {row[0] for row in db.execute("SELECT DISTINCT owner FROM runs WHERE status IN ('queued', 'running')")}


def interrupt(db: sqlite3.Connection, owners: Sequence[str]) -> None:
    """End the runs of servers that are gone."""
    db.execute(
        "UPDATE runs SET status = 'interrupted', ended = ?, error = ?"
        " WHERE status IN ('queued', 'running') AND owner IN (SELECT value FROM json_each(?))",
        (time.time(), _json(_INTERRUPTED), json.dumps(owners)),
    )


def trim(db: sqlite3.Connection, retention: Retention) -> bool:
    """Do one step; True when there is more to do."""
    ended = "status NOT IN ('queued', 'running')"
    row = db.execute(
        f"SELECT number FROM runs WHERE {ended} AND number <= (SELECT number FROM runs ORDER BY number DESC"  # noqa: S608 - ours
        " LIMIT 1 OFFSET ?) ORDER BY number LIMIT 1",
        (retention.runs,),
    ).fetchone()
    if row is not None:
        if not _drop_lines(db, row[0]):
            db.execute("DELETE FROM runs WHERE number = ?", row)
        return True
    too_big = _size(db) > max(retention.size, _SMALLEST_SIZE)
    row = db.execute(
        f"SELECT number FROM runs WHERE {ended} AND line_count > dropped_lines AND (? OR ended < ?)"  # noqa: S608 - ours
        " ORDER BY number LIMIT 1",
        (too_big, time.time() - retention.log_days * 86400),
    ).fetchone()
    if row is not None:
        _drop_lines(db, row[0])
        return True
    # No log is left to drop: it is the records, such as large results, that take the room.
    gone = too_big and db.execute(
        f"DELETE FROM runs WHERE number = (SELECT min(number) FROM runs WHERE {ended})"  # noqa: S608 - ours
    )
    return bool(gone and gone.rowcount)


def shrink(db: sqlite3.Connection) -> bool:
    """Give some free pages back to the disk; True when there are more."""
    free = db.execute("PRAGMA freelist_count").fetchone()[0] - _SPARE_PAGES
    if free <= 0:
        return False
    # The pragma frees a page a step, and sqlite3 takes one step only but for a script; that ends the transaction first.
    db.executescript(f"PRAGMA incremental_vacuum({min(free, _SHRINK_PAGES)}); BEGIN")
    return free > _SHRINK_PAGES


def _drop_lines(db: sqlite3.Connection, number: int) -> bool:
    """Drop the first lines of a run's log; False when none were left."""
    end = db.execute(
        "SELECT max(number) FROM (SELECT number FROM log_lines WHERE run = ? ORDER BY number LIMIT ?)",
        (number, _TRIM_STEP),
    ).fetchone()[0]
    if end is None:
        db.execute("UPDATE runs SET dropped_lines = line_count WHERE number = ?", (number,))
        return False
    db.execute("DELETE FROM log_lines WHERE run = ? AND number <= ?", (number, end))
    db.execute("UPDATE runs SET dropped_lines = ? WHERE number = ?", (end, number))
    return True


def _size(db: sqlite3.Connection) -> int:
    """Bytes that are in use in the file."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _unknown(db: sqlite3.Connection, run_id: str) -> DmError:
    latest = [row[0] for row in db.execute("SELECT id FROM runs ORDER BY number DESC LIMIT 5")]
    return RunNotFound(f"There is no run {run_id!r:.80}.", hint=f"The latest runs: {', '.join(latest) or 'none'}.")


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@overload
def _text(text: str) -> str: ...


@overload
def _text(text: str | None) -> str | None: ...


def _text(text: str | None) -> str | None:
    """The text as UTF-8 can hold it: names of files, and arguments, may have lone surrogates."""
    return text if text is None or text.isascii() else text.encode(errors="backslashreplace").decode()
