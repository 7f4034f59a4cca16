"""What callers are told: models, which give the tools their output schemas, and the same as short text.

Some clients show only the text and others only the data, so each result says everything in both forms. ``of`` tells
all; ``shown`` is what fits into one answer of a tool, and names the resource that has the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, WithJsonSchema

from dm_mcp.errors import DmError, from_dict
from dm_mcp.protocol import jsonable
from dm_mcp.runs.run import LogLine, Run, Status
from dm_mcp.workspace.scenarios import Scenario

__all__ = [
    "ErrorInfo",
    "Failure",
    "GenerateResult",
    "LastRun",
    "LineInfo",
    "LogPage",
    "RunList",
    "RunResult",
    "RunSummary",
    "ScenarioInfo",
    "ScenarioList",
    "StoredRows",
    "timestamp",
]

TAIL_LINES = 20
"""Log lines that a result repeats."""
_TAIL_LINE = 500  # characters of each
_SHOWN_TAIL = 3_000  # characters of them all, as JSON
_SHOWN_RESULT = 5_000
_SHOWN_PREVIEW = 2_000
_SHOWN_PARAMS = 1_500
_SHOWN_TABLES = 20
_SHOWN_SCENARIO = 10_000
_SHOWN_LINE = 4_000


def timestamp(seconds: float) -> str:
    """A time since 1970 as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[:size]}... ({len(text)} characters)"


class ErrorInfo(BaseModel):
    """A failure."""

    code: str
    """Stable: programs may test it."""
    message: str
    hint: str
    """What to do."""
    where: dict[str, Any]
    """File, line, field, row, column ... as far as known."""

    @classmethod
    def of(cls, error: DmError) -> ErrorInfo:
        """The error as data."""
        return cls.model_validate(error.to_dict())

    def shown(self) -> Self:
        """The error, its texts cut."""
        where = {name: _cut(value, 150) if isinstance(value, str) else value for name, value in self.where.items()}
        return self.model_copy(
            update={"message": _cut(self.message, 1_500), "hint": _cut(self.hint, 500), "where": where}
        )

    def as_text(self) -> str:
        """Code, where, what, what to do."""
        return f"{self.code}: {from_dict(self.model_dump())}"


Failure = Annotated[ErrorInfo, WithJsonSchema({"type": "object", "description": "code, message, hint, where"})]
"""An error in a result, told to clients in few words: each tool's schema would repeat the whole."""


class LastRun(BaseModel):
    """The latest run of a scenario."""

    id: str
    status: Status
    ended: str | None

    @classmethod
    def of(cls, run: Run) -> LastRun:
        """The run as data."""
        return cls(id=run.id, status=run.status, ended=None if run.ended is None else timestamp(run.ended))


class ScenarioInfo(BaseModel):
    """A scenario that can be run."""

    id: str
    title: str
    description: str
    tags: list[str]
    params: dict[str, Any] = Field(description="JSON Schema of `params`")
    connections: list[str]
    last_run: LastRun | None = None
    error: Failure | None = None

    @classmethod
    def of(cls, scenario: Scenario) -> ScenarioInfo:
        """The scenario as data."""
        return cls(
            id=scenario.id,
            title=scenario.title,
            description=scenario.description,
            tags=list(scenario.tags),
            params=scenario.params,
            connections=list(scenario.connections),
            error=ErrorInfo.of(scenario.error) if scenario.error else None,
        )

    def shown(self) -> Self:
        """The scenario; without what is long in it when its header is very long."""
        if len(self.model_dump_json()) <= _SHOWN_SCENARIO:
            return self
        told = f"{_cut(self.description, 500)} (Too long to be told here: get_scenario and its resource have it.)"
        short: dict[str, Any] = {
            "title": _cut(self.title, 200),
            "description": told,
            "tags": [],
            "params": {},
            "connections": [],
        }
        return self.model_copy(update={**short, "error": self.error and self.error.shown()})


class ScenarioList(BaseModel):
    """A page of scenarios."""

    scenarios: list[ScenarioInfo]
    total: int
    next_cursor: str | None = None
    note: str | None = None


class StoredRows(BaseModel):
    """Rows that a run stored in one table."""

    connection: str
    table: str
    inserted: int
    updated: int
    skipped: int


class RunResult(BaseModel):
    """A run, ended or not."""

    run_id: str
    scenario: str
    status: Status
    seed: int
    params: dict[str, Any]
    result: Any = Field(default=None, description="what the script returned")
    resource: str | None = Field(default=None, description="has all of `result`, if that was cut")
    rows: list[StoredRows]
    duration_seconds: float
    caller: str
    created: str
    ended: str | None
    log_lines: int
    log_tail: list[str]
    error: Failure | None = None
    note: str | None = None

    @classmethod
    def of(cls, run: Run) -> RunResult:
        """The run as data."""
        return cls(
            run_id=run.id,
            scenario=run.scenario_id,
            status=run.status,
            seed=run.seed,
            params=jsonable(run.params),
            result=jsonable(run.result),
            rows=[
                StoredRows(connection=connection, table=table, **asdict(stored))
                for (connection, table), stored in run.stored.items()
            ],
            duration_seconds=round(run.duration, 3),
            caller=run.caller,
            created=timestamp(run.created),
            ended=None if run.ended is None else timestamp(run.ended),
            log_lines=run.line_count,
            log_tail=[line.text[:_TAIL_LINE] for line in run.lines[-TAIL_LINES:]],
            error=ErrorInfo.of(run.error) if run.error else None,
        )

    def shown(self) -> Self:
        """The run, with what is long in it cut."""
        changes: dict[str, Any] = {"error": self.error and self.error.shown(), "log_tail": _last(self.log_tail)}
        notes: list[str] = []
        if len(result := _json(self.result)) > _SHOWN_RESULT:
            changes |= {"result": result[:_SHOWN_PREVIEW], "resource": f"run://{self.run_id}/result"}
            notes.append(f"The result has {len(result)} characters; {changes['resource']} has them all.")
        if len(_json(self.params)) > _SHOWN_PARAMS:
            changes["params"] = {}
            notes.append("The parameters are too long to be shown.")
        if len(self.rows) > _SHOWN_TABLES:
            changes["rows"] = self.rows[:_SHOWN_TABLES]
            notes.append(f"{_SHOWN_TABLES} of {len(self.rows)} tables are shown.")
        return self.model_copy(update={**changes, "note": " ".join(notes) or None})

    def as_text(self) -> str:
        """The run in a few lines."""
        lines = [f"{self.status}: {self.scenario} ({self.run_id}, {self.duration_seconds:g} s, seed {self.seed})"]
        if self.error is not None:
            lines.append(self.error.as_text())
        if not self.status.ended:
            lines.append(f'It goes on. Call get_run with run_id "{self.run_id}" and wait_seconds for how it ends.')
        for rows in self.rows:
            counts = f"{rows.inserted} inserted, {rows.updated} updated, {rows.skipped} skipped"
            lines.append(f"{rows.connection}.{rows.table}: {counts}")
        if self.result is not None:
            lines.append(f"result: {self.result if self.resource else _json(self.result)}")
        if self.note:
            lines.append(self.note)
        if self.log_tail:
            lines += [f"last {len(self.log_tail)} of {self.log_lines} log lines:", *self.log_tail]
        return "\n".join(lines)


def _last(lines: Sequence[str]) -> list[str]:
    """The last lines that take no more than `_SHOWN_TAIL` characters together."""
    room, kept = _SHOWN_TAIL, list[str]()
    for line in reversed(lines):
        room -= len(_json(line)) + 2
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


class RunSummary(BaseModel):
    """A run of the history."""

    id: str
    scenario: str
    status: Status
    seed: int
    caller: str
    created: str
    duration_seconds: float
    error: str | None = Field(default=None, description="its code")

    @classmethod
    def of(cls, run: Run) -> RunSummary:
        """The run as data."""
        return cls(
            id=run.id,
            scenario=run.scenario_id,
            status=run.status,
            seed=run.seed,
            caller=run.caller,
            created=timestamp(run.created),
            duration_seconds=round(run.duration, 3),
            error=run.error.code if run.error else None,
        )


class RunList(BaseModel):
    """A page of runs, the latest first."""

    runs: list[RunSummary]
    next_cursor: str | None = None


class LineInfo(BaseModel):
    """A line of a run's log."""

    number: int
    time: str
    level: str
    stream: str
    text: str
    fields: dict[str, Any] | None = None

    @classmethod
    def of(cls, line: LogLine) -> LineInfo:
        """The line as data."""
        fields: Mapping[str, Any] | None = line.fields and jsonable(line.fields)
        return cls(
            number=line.number,
            time=timestamp(line.time),
            level=line.level,
            stream=line.stream,
            text=line.text,
            fields=None if fields is None else dict(fields),
        )

    def shown(self) -> Self:
        """The line, cut when it is very long."""
        short = self.model_copy(update={"text": _cut(self.text, _SHOWN_LINE)})
        if self.fields and (size := len(_json(self.fields))) > _SHOWN_LINE:
            short.fields = {"...": f"{size} characters"}
        return short

    def as_text(self) -> str:
        """One line: number, time, level, stream, text, fields as JSON."""
        fields = f" {_json(self.fields)}" if self.fields else ""
        return f"{self.number} {self.time} {self.level} {self.stream} {self.text}{fields}"


class LogPage(BaseModel):
    """Some lines of a run's log."""

    run_id: str
    status: Status
    lines: list[LineInfo]
    next: int | None = Field(default=None, description="`after` of the next page; null: the end")
    note: str | None = None


class GenerateResult(BaseModel):
    """Rows of a template."""

    template: str
    seed: int
    columns: list[dict[str, str]] = Field(description="name and type")
    count: int = Field(description="rows made")
    rows: list[dict[str, Any]] | None = Field(default=None, description="format json")
    text: str | None = Field(default=None, description="format jsonl")
    resource: str | None = Field(default=None, description="has all rows, if not all are shown")
    note: str | None = None
