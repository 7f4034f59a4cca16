"""How the dialects of SQL write names and literals. No numpy here: the list of formats reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["DIALECTS", "Dialect"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a literal looks like; dates and times that need no keyword are quoted text, as are uuids and JSON.

    Quoted text takes the type of the column that it is inserted into, so it suits a column of text as well as one of
    its own type; and PostgreSQL would bring a typed timestamp to the session's time zone on its way into a column that
    has none.
    """

    name: str
    names: tuple[str, str]
    """Quotes round an identifier; the second is doubled inside."""
    escape: Callable[[str], str]
    """Text as it stands between single quotes. Raises ValueError for what can't stand there."""
    text: str = "'"
    """Before text."""
    truth: tuple[str, str] = ("0", "1")
    date: str = "'"
    """Before a date of the form ``2026-01-31``."""
    timestamp: tuple[str, str, str] = ("'", " ", "'")
    """Before a moment in UTC, between its date and its time, after it."""
    rows: int = 500
    """Rows of one statement."""
    no_nul: bool = False
    """Text holds no NUL."""

    def identifier(self, name: str) -> str:
        """A name in quotes. Raises ValueError for one that a client could take for more than a name."""
        if any(char < " " or char == "\x7f" for char in name) or (self.name == "oracle" and set(name) & {'"', "&"}):
            raise ValueError(f"{name!r:.80} can't be a name in the dialect {self.name}")
        before, after = self.names
        return f"{before}{name.replace(after, after * 2)}{after}"

    def table(self, name: str) -> str:
        """The name of a table: what stands before a dot is its schema."""
        return ".".join(map(self.identifier, name.split(".")))


def _doubled(text: str) -> str:
    return text.replace("'", "''")


def _sqlite(text: str) -> str:
    # A NUL would end the statement: https://www.sqlite.org/nulinstr.html
    return _doubled(text).replace("\0", "'||char(0)||'")


_MYSQL = str.maketrans({"'": "''", "\\": "\\\\", "\0": "\\0", "\x1a": "\\Z"})


def _mysql(text: str) -> str:
    # https://dev.mysql.com/doc/refman/8.4/en/string-literals.html
    return text.translate(_MYSQL)


def _sqlserver(text: str) -> str:
    # A backslash continues a line, and a line "GO" ends a batch, in literals too: no line ends inside of one.
    # https://learn.microsoft.com/en-us/sql/t-sql/language-elements/sql-server-utilities-statements-backslash
    # And sqlcmd puts the value of a variable in place of $(NAME).
    return re.sub("[\0\r\n]|[$](?=[(])", lambda found: f"'+NCHAR({ord(found[0])})+N'", _doubled(text))


def _oracle(text: str) -> str:
    # SQL*Plus asks for the value of what follows "&", and takes empty lines and ";" at a line's end for its own.
    return re.sub("[\0\r\n&]", lambda found: f"'||CHR({ord(found[0])})||'", _doubled(text))


DIALECTS: Mapping[str, Dialect] = {
    each.name: each
    for each in (
        Dialect(
            "postgresql",
            ('"', '"'),
            _doubled,
            truth=("FALSE", "TRUE"),
            timestamp=("'", " ", "+00'"),
            no_nul=True,
        ),
        Dialect("mysql", ("`", "`"), _mysql, truth=("FALSE", "TRUE")),
        Dialect("sqlite", ('"', '"'), _sqlite),
        Dialect("sqlserver", ("[", "]"), _sqlserver, text="N'", timestamp=("'", "T", "'")),  # any language setting
        Dialect(
            "oracle",
            ('"', '"'),
            _oracle,
            date="DATE '",
            timestamp=("TIMESTAMP '", " ", " +00:00'"),
            rows=1,  # several rows in VALUES came with 23ai
        ),
    )
}
"""By name. A moment is written in UTC; where the dialect's plain literal names no zone, UTC is meant."""
