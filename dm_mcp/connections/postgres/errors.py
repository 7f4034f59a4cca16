"""PostgreSQL's errors in our words: stable code, table, column, row, constraint, and what to do.

SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import asyncpg

from dm_mcp.errors import (
    ColumnsMismatch,
    ConnectionFailed,
    ConstraintBroken,
    DmError,
    TableNotFound,
    TargetError,
    ValueMismatch,
    Where,
)

__all__ = ["translated"]

_HINTS = {
    "23505": 'A row with this key is there already: use on_conflict="update" or "ignore", or another seed.',
    "23503": "The row that it refers to is not there: insert the parent rows first and pick the keys from them.",
    "23502": "Give the column a value, or leave the column out so that its default is used.",
    "23514": "Change the value, or the check on the table.",
    "42P10": "Name the columns of a unique constraint or of the primary key as `key`, or create a unique index.",
    "21000": "The rows hold the same key twice: make the key unique within one insert.",
    "42501": "Grant the connection's role what it needs, or use another table.",
    "22001": "Make the value shorter, or the column wider.",
    "53100": "Make room on the database's disk.",
    "53300": "Too many sessions are open on the database.",
    "28P01": "Check the user and password of the connection's DSN.",
    "3D000": "Check the name of the database in the connection's DSN.",
}


@contextmanager
def translated(connection: str, table: str | None = None, sensitive: Sequence[str] = ()) -> Generator[None]:
    """Raise what asyncpg or the network raises inside as a `DmError`; values of ``sensitive`` columns are left out."""
    where: Where = {"connection": connection}
    if table is not None:
        where["table"] = table
    try:
        yield
    except asyncpg.PostgresError as error:
        raise _from_server(error, where, sensitive) from error
    except (asyncpg.ClientConfigurationError, ValueError) as error:
        raise ConnectionFailed(
            "The connection's DSN can't be read.", hint="Its form is postgresql://USER@HOST:PORT/DATABASE.", **where
        ) from error
    except asyncpg.InterfaceError as error:
        if "closed" in str(error):
            hint = "An insert is undone by that. Is the database up?"
            raise ConnectionFailed("The session was lost on the way.", hint=hint, **where) from error
        raise TargetError(f"{error}.", hint="Check the statement and its parameters.", **where) from error
    except TimeoutError as error:
        raise ConnectionFailed(
            "The database did not answer in time.", hint="Is it up and reachable?", **where
        ) from error
    except OSError as error:
        hint = "Is it up, and is its address right?"
        message = f"The database can't be reached: {error.strerror or error}."
        raise ConnectionFailed(message, hint=hint, **where) from error


def _from_server(error: asyncpg.PostgresError, where: Where, sensitive: Sequence[str]) -> DmError:
    state = _text(error, "sqlstate")
    detail, context = _text(error, "detail"), _text(error, "context")
    if any(re.search(rf"\b{re.escape(name)}\b", detail) for name in sensitive):
        detail = ""  # it repeats the value
    if name := _text(error, "table_name"):
        where["table"] = name
    if name := _text(error, "column_name"):
        where["column"] = name
    if name := _text(error, "constraint_name"):
        where["constraint"] = name
    if place := re.search(r"^COPY .*?, line (\d+)(?:, column ([^:\n]+))?", context, re.MULTILINE):
        where["row"] = int(place[1])
        if place[2]:
            where["column"] = place[2]
    message = f"{str(error.args[0]).rstrip('.')}."
    if detail:
        message += f" {detail}"
    hint = _HINTS.get(state) or _text(error, "hint")
    return _class_of(state)(message, hint=hint, **where)


def _class_of(state: str) -> type[DmError]:
    match state:
        case "42P01":
            return TableNotFound
        case "42703":
            return ColumnsMismatch
        case _ if state.startswith("23"):
            return ConstraintBroken
        case _ if state.startswith("22"):
            return ValueMismatch
        case _ if state.startswith(("08", "28", "3D", "57P")):
            return ConnectionFailed
        case _:
            return TargetError


def _text(error: Any, name: str) -> str:
    """A field of the server's message; asyncpg sets those that came as attributes."""
    return getattr(error, name, None) or ""
