"""A run as plain data, whole: for files, and for programs that read the history."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from dm_mcp.protocol import jsonable
from dm_mcp.runs.run import LogLine, Run

__all__ = ["line_record", "record"]


def record(run: Run) -> dict[str, Any]:
    """Everything about a run but its log. Times are ISO 8601 in UTC."""
    return {
        "run_id": run.id,
        "scenario": run.scenario_id,
        "title": run.title,
        "source_hash": run.source_hash,
        "params": dict(run.params),
        "seed": run.seed,
        "caller": run.caller,
        "status": str(run.status),
        "created": _moment(run.created),
        "started": _moment(run.started),
        "ended": _moment(run.ended),
        "duration_seconds": round(run.duration, 3),
        "rows": [
            {"connection": connection, "table": table, **asdict(stored)}
            for (connection, table), stored in run.stored.items()
        ],
        "result": jsonable(run.result),
        "error": run.error.to_dict() if run.error else None,
        "log_lines": run.line_count,
    }


def line_record(line: LogLine) -> dict[str, Any]:
    """A line of a log."""
    return line._asdict() | {"time": _moment(line.time), "fields": dict(line.fields) if line.fields else None}


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
