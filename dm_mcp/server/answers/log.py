"""What callers are told of a run's log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, Field

from dm_mcp.protocol import jsonable
from dm_mcp.runs.run import LogLine, Status
from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.bounds import as_json, cut
from dm_mcp.server.answers.times import timestamp

__all__ = ["LineInfo", "LogPage"]


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
        short = self.model_copy(update={"text": cut(self.text, bounds.LINE)})
        if self.fields and (size := len(as_json(self.fields))) > bounds.LINE:
            short.fields = {"...": f"{size} characters"}
        return short

    def as_text(self) -> str:
        """One line: number, time, level, stream, text, fields as JSON."""
        fields = f" {as_json(self.fields)}" if self.fields else ""
        return f"{self.number} {self.time} {self.level} {self.stream} {self.text}{fields}"


class LogPage(BaseModel):
    """Some lines of a run's log."""

    run_id: str
    status: Status
    lines: list[LineInfo]
    next: int | None = Field(default=None, description="`after` of the next page; null: the end")
    note: str | None = None
