"""Read what a table looks like before its first row, and make it where that is allowed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from dm_mcp.connections.base import LoadRequest
from dm_mcp.errors import ColumnsMismatch, InvalidRequest, TableNotFound, ValueMismatch
from dm_mcp.generation.render.copy import COPY_TYPES, CopyTarget
from dm_mcp.generation.schema import ColumnSpec, ColumnType

__all__ = ["Table", "find_or_create", "quote", "quote_table"]

_COLUMNS = """
    select a.attname as name, coalesce(e.typname, t.typname) as type, coalesce(e.typtype, t.typtype) = 'e' as enum,
           e.oid as element, a.attnotnull as required,
           a.atthasdef or a.attidentity <> '' or d.typdefault is not null as filled, a.attgenerated <> '' as generated,
           case when d.typtype = 'd' then d.typtypmod else a.atttypmod end as typmod,
           coalesce(a.attnum = any (k.conkey), false) as key
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type d on d.oid = a.atttypid
    join pg_catalog.pg_type t on t.oid = case when d.typtype = 'd' then d.typbasetype else d.oid end
    left join pg_catalog.pg_type e on e.typarray = t.oid
    left join pg_catalog.pg_constraint k on k.conrelid = a.attrelid and k.contype = 'p'
    where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
    order by a.attnum
"""

_SQL_TYPES = {
    ColumnType.UUID: "uuid",
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.FLOAT: "double precision",
    ColumnType.DECIMAL: "numeric",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TIMESTAMP: "timestamptz",
    ColumnType.DATE: "date",
    ColumnType.JSON: "jsonb",
}

_LOCK = 0x646D_7461  # any number of our own: it keeps two runs from making the same table at once
_SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the columns of it that the rows fill, in the rows' order."""

    name: str
    targets: tuple[CopyTarget, ...]
    primary_key: tuple[str, ...]

    @property
    def sql_name(self) -> str:
        """The name, quoted for a statement."""
        return quote_table(self.name)

    @property
    def schema_and_name(self) -> tuple[str | None, str]:
        """The name as `copy_to_table` takes it."""
        schema, _, name = self.name.rpartition(".")
        return schema or None, name


def quote(name: str) -> str:
    """An identifier, quoted for a statement, so that any name is only a name."""
    return '"' + name.replace('"', '""') + '"'


def quote_table(name: str) -> str:
    """``schema.table`` or ``table``, each part quoted."""
    return ".".join(map(quote, name.split(".")))


async def find_or_create(database: Any, request: LoadRequest, connection: str, *, may_create: bool) -> Table:
    """The table of ``request``, checked against the rows' columns; made when it is missing and that is allowed.

    Raises `TableNotFound`, `ColumnsMismatch`, `ValueMismatch` (a column of a type that can't be filled) and
    `InvalidRequest` (a name that can't be one).
    """
    _check_names(request)
    columns = await database.fetch(_COLUMNS, quote_table(request.table))
    if not columns and may_create:
        await database.execute("select pg_advisory_xact_lock($1)", _LOCK)
        await database.execute(_create_statement(request))
        columns = await database.fetch(_COLUMNS, quote_table(request.table))
    if not columns:
        raise await _not_found(database, request, connection)
    by_name = {column["name"]: column for column in columns}
    _check_columns(by_name, request, connection)
    targets = tuple(_target(by_name[spec.name], spec, request, connection) for spec in request.columns)
    return Table(request.table, targets, tuple(column["name"] for column in columns if column["key"]))


def _check_names(request: LoadRequest) -> None:
    names = (*request.table.split("."), *(column.name for column in request.columns), *request.key)
    for name in names:
        if not name or "\0" in name or len(name.encode(errors="replace")) > 63:
            raise InvalidRequest(
                f"{name!r:.100} can't be a name in PostgreSQL.",
                hint="Names of tables and columns have 1 to 63 bytes.",
                table=request.table,
            )
    if unknown := [name for name in request.key if name not in {column.name for column in request.columns}]:
        raise InvalidRequest(
            f"The key {', '.join(unknown)} is no column of the rows.",
            hint=f"The rows have {', '.join(column.name for column in request.columns)}.",
            table=request.table,
        )


def _create_statement(request: LoadRequest) -> str:
    key = request.key or tuple(column.name for column in request.columns if column.name == "id")
    lines = [f"{quote(column.name)} {_SQL_TYPES[column.type]}" for column in request.columns]
    if key:
        lines.append(f"primary key ({', '.join(map(quote, key))})")
    return f"create table if not exists {quote_table(request.table)} ({', '.join(lines)})"


async def _not_found(database: Any, request: LoadRequest, connection: str) -> TableNotFound:
    rows = await database.fetch(
        "select relname from pg_catalog.pg_class where relkind in ('r', 'p') and pg_table_is_visible(oid)"
        " and relnamespace <> 'pg_catalog'::regnamespace order by relname limit 1000"
    )
    close = difflib.get_close_matches(request.table, [row["relname"] for row in rows], n=3)
    hint = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
    return TableNotFound(
        "There is no such table.",
        hint=f"{hint}Create it first, or set `create_tables = true` for the connection in dm.toml.",
        connection=connection,
        table=request.table,
    )


def _check_columns(by_name: dict[str, Any], request: LoadRequest, connection: str) -> None:
    """All that is wrong with the rows' columns, in one error, before any row."""
    given = [column.name for column in request.columns]
    problems: list[str] = []
    first = ""
    for name in given:
        if name not in by_name:
            close = difflib.get_close_matches(name, by_name, n=1)
            problems.append(f"the table has no column {name!r}" + (f" (did you mean {close[0]!r}?)" if close else ""))
            first = first or name
        elif by_name[name]["generated"]:
            problems.append(f"{name!r} is a generated column and takes no values")
            first = first or name
    for name, column in by_name.items():
        if column["required"] and not column["filled"] and not column["generated"] and name not in given:
            problems.append(f"{name!r} needs a value and the rows have none")
            first = first or name
    if problems:
        names = ", ".join(list(by_name)[:_SHOWN_NAMES])
        raise ColumnsMismatch(
            f"Rows and table differ: {'; '.join(problems)}.",
            hint=f"The table's columns: {names}. Rename fields of the template, or leave them out.",
            connection=connection,
            table=request.table,
            column=first,
        )


def _target(column: Any, spec: ColumnSpec, request: LoadRequest, connection: str) -> CopyTarget:
    kind = "enum" if column["enum"] else column["type"]
    element: int | None = column["element"]
    if kind not in COPY_TYPES:
        raise ValueMismatch(
            f"Columns of type {kind}{'' if element is None else '[]'} can't be filled by insert().",
            hint="Leave the column out, or insert by execute() with a cast such as $1::text::inet.",
            connection=connection,
            table=request.table,
            column=spec.name,
        )
    scale = _scale(kind, column["typmod"])
    return CopyTarget(
        spec.name,
        kind,
        nullable=not column["required"],
        scale=scale,
        sensitive=spec.sensitive,
        element=element,
    )


def _scale(kind: str, typmod: int) -> int | None:
    """The digits after the point of ``numeric(p, s)``; None where any number fits.

    The type modifier is 4 + (precision << 16 | scale), the scale in 11 bits with sign: PostgreSQL's numeric.c.
    """
    if kind != "numeric" or typmod < 4:
        return None
    return (((typmod - 4) & 0x7FF) ^ 1024) - 1024
