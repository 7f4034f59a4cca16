"""``dm.connection(...)``: a target in the run's scope. Rows are rendered here; the server carries and stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dm_mcp.errors import DmError, InvalidRequest, ScriptError
from dm_mcp.generation.render.copy import CopyEncoder, CopyTarget
from dm_mcp.generation.rows import RowSource
from dm_mcp.protocol import OnConflict
from dm_mcp.sdk.session import Session

__all__ = ["BATCH", "Connection", "InsertResult"]

BATCH = 1000
"""Rows that `Connection.insert_one` collects before they are sent."""


class InsertResult(NamedTuple):
    """What became of the rows of one insert."""

    inserted: int
    updated: int = 0
    skipped: int = 0


class Connection:
    """A target that the run may use. Made by ``dm.connection(name_or_id)``."""

    def __init__(self, session: Session, connection_id: str, kind: str) -> None:
        self.id = connection_id
        self.kind = kind
        self._session = session
        self._waiting: dict[str, list[Mapping[str, Any]]] = {}

    def insert(
        self,
        table: str,
        rows: Iterable[Mapping[str, Any]],
        on_conflict: OnConflict | None = None,
        key: str | Sequence[str] | None = None,
    ) -> InsertResult:
        """Store rows in a table: all of them, or none.

        ``rows`` is a list, a generator, or what ``generate`` and ``stream`` give. ``on_conflict`` says what to do with
        a row whose ``key`` (a column, or several) is there already: ``"update"`` it, ``"ignore"`` the new one, or
        ``"error"``, which is what happens without it. Raises `OutOfScope`, `TableNotFound`, `ColumnsMismatch`,
        `ValueMismatch`, `ConstraintBroken`, `TargetError` and `ConnectionFailed`.
        """
        self._session.flush()
        return self._load(table, rows, on_conflict, key)

    def insert_one(self, table: str, row: Mapping[str, Any]) -> None:
        """Store one row. Rows are collected and sent in batches: before the next call, and at the script's end."""
        with self._session.lock:
            waiting = self._waiting.get(table, [])
            if waiting and (len(waiting) >= BATCH or waiting[0].keys() != row.keys()):
                self._flush()
            if self._flush not in self._session.before_call:
                self._session.before_call.append(self._flush)
            self._waiting.setdefault(table, []).append(dict(row))

    def execute(self, sql: str, params: Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """Run one SQL statement and return its rows; ``$1``, ``$2`` ... in the text stand for ``params``.

        Several statements at once are fine without ``params``; they return no rows. Raises `TargetError` and its kinds.
        """
        reply = self._session.call("execute", connection=self.id, sql=sql, params=list(params or ()))
        return reply["rows"]

    def _flush(self) -> None:
        with self._session.lock:
            while self._waiting:
                table = next(iter(self._waiting))
                self._load(table, self._waiting.pop(table), None, None)

    def _load(
        self, table: str, rows: Iterable[Mapping[str, Any]], on_conflict: str | None, key: str | Sequence[str] | None
    ) -> InsertResult:
        source = RowSource(rows)
        if not source.schema:
            return InsertResult(0)  # an empty list has no columns
        arguments = {
            "connection": self.id,
            "table": table,
            "columns": [{"name": c.name, "type": c.type, "sensitive": c.sensitive} for c in source.schema],
            "on_conflict": on_conflict or "error",
            "key": [key] if isinstance(key, str) else list(key or ()),
        }
        with self._session.channel.stream("load", **arguments) as stream:
            encoder = CopyEncoder([CopyTarget(**target) for target in stream.reply["columns"]], table)
            try:
                first_row = 1
                for block in source:
                    stream.send(encoder.encode(block, first_row))
                    first_row += block.rows
            except DmError as error:
                stream.abort(error)
                raise
            except BaseException as error:
                stream.abort(ScriptError(f"The rows could not be made: {type(error).__name__}."))
                raise
            return InsertResult(**stream.finish())


def connect(session: Session, name_or_id: str) -> Connection:
    """Resolve a connection within the run's scope. Raises `OutOfScope`."""
    if not isinstance(name_or_id, str):  # pyright: ignore[reportUnnecessaryIsInstance] - scripts are not type-checked
        raise InvalidRequest(f"A connection is named by a string, not {name_or_id!r}.")
    found = session.call("connection", name=name_or_id)
    return Connection(session, found["id"], found["kind"])
