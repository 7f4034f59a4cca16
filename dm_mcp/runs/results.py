"""What callers are told: models, which give the tools their output schemas, and the same as short text.

Some clients show only the text and others only the data, so each result says everything in both forms.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field

from dm_mcp.errors import DmError, from_dict
from dm_mcp.protocol import jsonable
from dm_mcp.runs.run import Run, Status
from dm_mcp.workspace.scenarios import Scenario

__all__ = ["ErrorInfo", "GenerateResult", "RunResult", "ScenarioInfo", "ScenarioList", "StoredRows"]

TAIL_LINES = 20
"""Log lines that a result repeats."""
_TAIL_LINE = 500  # characters of each
_RESULT_TEXT = 8_000  # characters of a script's result in the text form


class ErrorInfo(BaseModel):
    """A failure."""

    code: str = Field(description="stable: programs may test it")
    message: str
    hint: str = Field(description="what to do")
    where: dict[str, Any] = Field(description="file, line, field, row, column ... as far as known")

    @classmethod
    def of(cls, error: DmError) -> ErrorInfo:
        """The error as data."""
        return cls.model_validate(error.to_dict())


class ScenarioInfo(BaseModel):
    """A scenario that can be run."""

    id: str
    title: str
    description: str
    tags: list[str]
    params: dict[str, Any] = Field(description="JSON Schema of `params`")
    connections: list[str]
    error: ErrorInfo | None = Field(default=None, description="why it can't be run")

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


class ScenarioList(BaseModel):
    """A page of scenarios."""

    scenarios: list[ScenarioInfo]
    total: int
    next_cursor: str | None = None


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
    seed: int = Field(description="the same seed makes the same rows")
    result: Any = Field(default=None, description="what the script returned")
    rows: list[StoredRows]
    duration_seconds: float
    log_lines: int
    log_tail: list[str]
    error: ErrorInfo | None = None

    @classmethod
    def of(cls, run: Run) -> RunResult:
        """The run as data."""
        tail = [line.text[:_TAIL_LINE] for line in run.lines[-TAIL_LINES:]]
        return cls(
            run_id=run.id,
            scenario=run.scenario_id,
            status=run.status,
            seed=run.seed,
            result=jsonable(run.result),
            rows=[
                StoredRows(connection=connection, table=table, **asdict(stored))
                for (connection, table), stored in run.stored.items()
            ],
            duration_seconds=round(run.duration, 3),
            log_lines=run.line_count,
            log_tail=tail,
            error=ErrorInfo.of(run.error) if run.error else None,
        )

    def as_text(self) -> str:
        """The run in a few lines."""
        lines = [f"{self.status}: {self.scenario} ({self.run_id}, {self.duration_seconds:g} s, seed {self.seed})"]
        if self.error is not None:
            lines.append(f"{self.error.code}: {from_dict(self.error.model_dump())}")
        if not self.status.ended:
            lines.append(f'It goes on. Call get_run with run_id "{self.run_id}" and wait_seconds for how it ends.')
        for rows in self.rows:
            counts = f"{rows.inserted} inserted, {rows.updated} updated, {rows.skipped} skipped"
            lines.append(f"{rows.connection}.{rows.table}: {counts}")
        if self.result is not None:
            lines.append("result: " + json.dumps(self.result, ensure_ascii=False)[:_RESULT_TEXT])
        if self.log_tail:
            lines += [f"last {len(self.log_tail)} of {self.log_lines} log lines:", *self.log_tail]
        return "\n".join(lines)


class GenerateResult(BaseModel):
    """Rows of a template."""

    template: str
    seed: int = Field(description="the same seed makes the same rows")
    columns: list[dict[str, str]] = Field(description="name and type")
    count: int = Field(description="rows made")
    rows: list[dict[str, Any]] | None = Field(default=None, description="format json")
    text: str | None = Field(default=None, description="format jsonl")
    note: str | None = Field(default=None, description="set when not all rows are shown")
