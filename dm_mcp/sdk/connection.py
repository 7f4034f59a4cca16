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
    """What became of the rows of one insert, as three counts."""

    inserted: int
    """Rows that are new in the table."""
    updated: int = 0
    """Rows whose key was there and that were changed: ``on_conflict="update"``."""
    skipped: int = 0
    """Rows whose key was there and that were left out: ``on_conflict="ignore"``."""


class Connection:
    """A target that the run may use. Given by ``dm.connection(name_or_id)``.

    The script never holds its address or its password: the server that runs the script opens it.
    """

    def __init__(self, session: Session, connection_id: str, kind: str) -> None:
        self.id = connection_id
        """The connection's id, from ``dm.toml``."""
        self.kind = kind
        """The connection's kind: ``postgres``."""
        self._session = session
        self._waiting: dict[str, list[Mapping[str, Any]]] = {}

    def insert(
        self,
        table: str,
        rows: Iterable[Mapping[str, Any]],
        on_conflict: OnConflict | None = None,
        key: str | Sequence[str] | None = None,
    ) -> InsertResult:
        """Store rows in a table: all of them in one transaction, or none.

        ``table`` is a name, or ``schema.name``. ``rows`` is a list or any other iterable of dictionaries: a generator,
        or what ``generate`` and ``stream`` give. Their keys are the table's columns; a column that no row has gets its
        default, and a key that some rows lack is null there. A generator may use ``dm`` itself.

        ``on_conflict`` says what to do with a row whose ``key`` (a column, or a list of columns with a unique
        constraint; the table's primary key if left out) is there already: ``"error"``, which is also what happens
        without it; ``"update"`` that row; ``"ignore"`` the new one. With ``"update"`` and a key the same insert can be
        done again safely.

        A table that is missing is made where the connection has ``create_tables = true``, with column types of the
        template's fields or of the values. Its primary key is ``key``, else a column ``id``.

        Raises, and then nothing is stored: `TableNotFound`; `ColumnsMismatch` for an unknown or missing column;
        `ValueMismatch`, with row, column and value, for a value that its column can't hold; `ConstraintBroken` for a
        duplicate, a missing parent, a null; `TargetError` for what else the target refuses; `ConnectionFailed`; and
        `InvalidRequest` for rows that are no dictionaries::

            shop = dm.connection("conn_postgres")
            rows = [{"id": 1, "sku": "A-1"}, {"id": 2, "sku": "B-2"}]
            first = shop.insert("products", rows, on_conflict="ignore", key="id")
            again = shop.insert("products", rows, on_conflict="update", key="id")
            dm.result([first.skipped, again.inserted, again.updated])
        """
        self._session.flush()
        return self._load(table, rows, on_conflict, key)

    def insert_one(self, table: str, row: Mapping[str, Any]) -> None:
        """Store one row: for loops that make rows one by one.

        Rows are collected and sent in batches of up to 1,000: before the next call to ``dm`` that reaches the server,
        and at the script's end. So an error of `insert` may come up in a later line, and concerns its batch alone::

            shop = dm.connection("conn_postgres")
            for number in range(10):
                shop.insert_one("visits", {"page": f"/product/{number}", "seconds": number})
        """
        with self._session.lock:
            waiting = self._waiting.get(table, [])
            if waiting and (len(waiting) >= BATCH or waiting[0].keys() != row.keys()):
                self._flush()
            if self._flush not in self._session.before_call:
                self._session.before_call.append(self._flush)
            self._waiting.setdefault(table, []).append(dict(row))

    def execute(self, sql: str, params: Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """Run one SQL statement and return its rows as dictionaries, by the names of their columns.

        ``$1``, ``$2`` ... in the text stand for ``params``, in order; never put values into the text. A statement is a
        transaction of its own. Several at once, with semicolons between, are fine without ``params``: they are one
        transaction and return no rows. Values come as in `Template.generate`; json as lists and dictionaries, and a
        type that Python lacks as its text. A result takes at most 16 MiB: aggregate, or select less.

        Raises `TargetError` and its kinds (`TableNotFound`, `ColumnsMismatch`, `ValueMismatch`, `ConstraintBroken`)
        and `ConnectionFailed`::

            shop = dm.connection("conn_postgres")
            shop.execute("create table if not exists stock (sku text primary key, pieces int)")
            shop.execute("insert into stock values ($1, $2) on conflict do nothing", ["A-1", 12])
            [row] = shop.execute("select sum(pieces) as pieces from stock where sku like $1", ["A-%"])
            dm.result(row["pieces"])
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
