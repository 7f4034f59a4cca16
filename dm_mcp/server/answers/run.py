"""What callers are told of a run: in an answer, in a list, and whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, WithJsonSchema

from dm_mcp.protocol import jsonable
from dm_mcp.runs.run import Run, Status
from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.bounds import as_json, beginning, fitting
from dm_mcp.server.answers.error import ErrorInfo, Failure
from dm_mcp.server.answers.times import timestamp
from dm_mcp.server.uris import resource_uri

__all__ = ["ProgressInfo", "RunList", "RunRecord", "RunResult", "RunSummary", "StoredRows"]

TAIL_LINES = 20
"""Log lines that a result repeats."""


class StoredRows(BaseModel):
    """Rows that a run stored in one table."""

    connection: str
    table: str
    inserted: int
    updated: int
    skipped: int


class ProgressInfo(BaseModel):
    """How far the script says it is, in its own unit."""

    done: float
    total: float | None

    def as_text(self) -> str:
        """``30 of 100``, or ``30`` where the script gives no total."""
        return f"{self.done:.15g}" if self.total is None else f"{self.done:.15g} of {self.total:.15g}"


_Progress = Annotated[ProgressInfo, WithJsonSchema({"type": "object", "description": "done, total"})]


class _Head(BaseModel):
    """What is told of every run, wherever."""

    run_id: str
    scenario: str
    status: Status
    seed: int
    caller: str
    created: str
    duration_seconds: float


def _head(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "scenario": run.scenario_id,
        "status": run.status,
        "seed": run.seed,
        "caller": run.caller,
        "created": timestamp(run.created),
        "duration_seconds": round(run.duration, 3),
    }


class RunSummary(_Head):
    """A run of the history."""

    error_code: str | None = None

    @classmethod
    def of(cls, run: Run) -> RunSummary:
        """The run as data."""
        return cls(**_head(run), error_code=run.error.code if run.error else None)


class RunList(BaseModel):
    """A page of runs, the latest first."""

    runs: list[RunSummary]
    next_cursor: str | None = None


class _State(_Head):
    """A run, ended or not."""

    ended: str | None
    params: dict[str, Any]
    progress: _Progress | None = None
    rows: list[StoredRows]
    result: Any = Field(default=None, description="what the script returned")
    error: Failure | None = None
    log_lines: int


def _state(run: Run) -> dict[str, Any]:
    return {
        **_head(run),
        "ended": timestamp(run.ended),
        "params": jsonable(run.params),
        "progress": ProgressInfo(**run.progress._asdict()) if run.progress else None,
        "rows": [
            StoredRows(connection=connection, table=table, **asdict(stored))
            for (connection, table), stored in run.stored.items()
        ],
        "result": jsonable(run.result),
        "error": ErrorInfo.of(run.error) if run.error else None,
        "log_lines": run.line_count,
    }


class RunRecord(_State):
    """Everything about a run but its log: for files, and for programs that read the history."""

    title: str
    source_hash: str
    """SHA-256 of the script's text, hexadecimal."""
    started: str | None
    dropped_log_lines: int
    """How many of the first lines are no longer kept."""

    @classmethod
    def of(cls, run: Run) -> RunRecord:
        """The run as data."""
        return cls(
            **_state(run),
            title=run.title,
            source_hash=run.source_hash,
            started=timestamp(run.started),
            dropped_log_lines=run.dropped_lines,
        )


class RunResult(_State):
    """A run, ended or not, with the end of its log."""

    log_tail: list[str]
    resource: str | None = Field(default=None, description="has all of `result`, if that was cut")
    note: str | None = None

    @classmethod
    def of(cls, run: Run) -> RunResult:
        """The run as data."""
        tail = [line.shown[: bounds.TAIL_LINE] for line in run.lines[-TAIL_LINES:]]
        return cls(**_state(run), log_tail=tail, note=run.not_kept())

    def shown(self) -> Self:
        """The run, with what is long in it cut."""
        last = fitting((len(as_json(line)) for line in reversed(self.log_tail)), bounds.TAIL)
        tail = self.log_tail[len(self.log_tail) - last :]
        changes: dict[str, Any] = {"error": self.error and self.error.shown(), "log_tail": tail}
        notes: list[str] = [self.note] if self.note else []
        if len(result := as_json(self.result)) > bounds.RESULT:
            resource = resource_uri("run", self.run_id, "result")
            changes |= {"result": beginning(result, bounds.RESULT_PREVIEW), "resource": resource}
            notes.append(f"The result has {len(result)} characters; {resource} has them all.")
        if len(as_json(self.params)) > bounds.PARAMS:
            changes["params"] = {}
            notes.append("The parameters are too long to be shown.")
        if len(self.rows) > bounds.TABLES:
            changes["rows"] = self.rows[: bounds.TABLES]
            notes.append(f"{bounds.TABLES} of {len(self.rows)} tables are shown.")
        return self.model_copy(update={**changes, "note": " ".join(notes) or None})

    def as_text(self) -> str:
        """The run in a few lines."""
        lines = [f"{self.status}: {self.scenario} ({self.run_id}, {self.duration_seconds:g} s, seed {self.seed})"]
        if self.error is not None:
            lines.append(self.error.as_text())
        if self.progress is not None:
            lines.append(f"progress: {self.progress.as_text()}")
        if not self.status.ended:
            goes = "It waits for its turn." if self.status is Status.QUEUED else "It goes on."
            lines.append(f'{goes} Call get_run with run_id "{self.run_id}" and wait_seconds for how it ends.')
        for rows in self.rows:
            counts = f"{rows.inserted} inserted, {rows.updated} updated, {rows.skipped} skipped"
            lines.append(f"{rows.connection}.{rows.table}: {counts}")
        if self.result is not None:
            lines.append(f"result: {self.result if self.resource else as_json(self.result)}")
        if self.note:
            lines.append(self.note)
        if self.log_tail:
            lines += [f"last {len(self.log_tail)} of {self.log_lines} log lines:", *self.log_tail]
        return "\n".join(lines)
