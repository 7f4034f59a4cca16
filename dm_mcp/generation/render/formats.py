"""The one list of output formats. No numpy here: the server and the command line read it at their start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.render.sql_dialects import DIALECTS
from dm_mcp.generation.schema import ColumnSpec

if TYPE_CHECKING:
    from dm_mcp.generation.columns import Block

__all__ = ["FORMATS", "Format", "Rendering", "find_format"]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a renderer is told beside the rows."""

    columns: Sequence[ColumnSpec]
    """Known before any row, so that no rows have their header too."""
    table: str = "data"
    """SQL: the table that the rows are for, with its schema before a dot."""
    dialect: str = "postgresql"
    """SQL: one of `DIALECTS`."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write rows down."""

    name: str
    media_type: str
    ending: str
    """Of files, with its dot."""
    description: str
    renderer: str
    """``module:function``; imported when it is used."""
    binary: bool = False
    """Written to a file that can be sought in, where the others are pieces of text one after the other."""
    most_rows: int | None = None

    def check(self, count: int, dialect: str) -> None:
        """Refuse what can't be written, before any row is made. Raises InvalidRequest."""
        if self.most_rows is not None and count > self.most_rows:
            raise InvalidRequest(
                f"A file of the format {self.name} holds {self.most_rows:,} rows at the most, not {count:,}.",
                hint="Ask for fewer rows, or for csv or parquet.",
            )
        if dialect not in DIALECTS:
            raise InvalidRequest(f"There is no dialect {dialect!r:.50}.", hint=f"Dialects: {', '.join(DIALECTS)}.")

    def pieces(self, blocks: Iterable[Block], about: Rendering) -> Iterator[bytes | memoryview]:
        """The rows of a format of text, in pieces. Raises GenerationError for a value that the format can't hold."""
        render = cast("Callable[[Iterable[Block], Rendering], Iterator[bytes | memoryview]]", self._function())
        return render(blocks, about)

    def write(self, blocks: Iterable[Block], about: Rendering, file: BinaryIO) -> None:
        """Write the rows of a binary format to a file. Raises GenerationError, and MissingPackage."""
        self._function()(blocks, about, file)

    def _function(self) -> Callable[..., Any]:
        module, _, function = self.renderer.partition(":")
        return getattr(import_module(module), function)


_HERE = "dm_mcp.generation.render"
_EXCEL_ROWS = 1_048_576

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("json", "application/json", ".json", "a list of objects", f"{_HERE}.json_lines:json_array"),
        Format("jsonl", "application/x-ndjson", ".jsonl", "an object a line", f"{_HERE}.json_lines:json_rows"),
        Format("csv", "text/csv", ".csv", "a header and a line a row", f"{_HERE}.csv:csv_rows"),
        Format("sql", "application/sql", ".sql", "INSERT statements", f"{_HERE}.sql:sql_statements"),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ".xlsx",
            "an Excel workbook",
            f"{_HERE}.xlsx:write_xlsx",
            binary=True,
            most_rows=_EXCEL_ROWS - 1,  # the header is a row
        ),
        Format(
            "parquet",
            "application/vnd.apache.parquet",
            ".parquet",
            "typed columns",
            f"{_HERE}.parquet:write_parquet",
            binary=True,
        ),
    )
}
"""By name. Media types are those that IANA has registered, but for jsonl, which has none."""


def find_format(name: str) -> Format:
    """The format of that name. Raises InvalidRequest."""
    found = FORMATS.get(name)
    if found is None:
        raise InvalidRequest(f"There is no format {name!r:.50}.", hint=f"Formats: {', '.join(FORMATS)}.")
    return found
