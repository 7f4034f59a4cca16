"""``dm.log``: log records with a level and fields, beside the free text of ``print``."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from dm_mcp.protocol import Kind, jsonable, pack, unpack
from dm_mcp.sdk.channel import flush_output
from dm_mcp.sdk.session import Session

__all__ = ["MAX_FIELD", "MAX_FIELDS", "MAX_TEXT", "Log"]


MAX_TEXT = 128 * 1024
"""Characters of one record; the rest is cut. As JSON they take at most 12 bytes each: less than a LOG frame holds."""
MAX_FIELDS = 32
"""Names that one record may have; past that the last of them says how many were left out."""
MAX_FIELD = 4096
"""Bytes of one field's value as JSON; a longer one is cut and becomes text."""
_MAX_NAME = 64
_SHOWN = 1000  # characters of a value that is cut


class Log:
    """Writes records to the run's log: ``dm.log``.

    A record has a level (``debug``, ``info``, ``warn`` or ``error``), a text, and fields if it is given any. The
    message may hold placeholders for the arguments after it, as those of `logging`. Keywords are fields: data that
    belongs to the record, for programs that read the log. A field is anything that JSON has, or a date, decimal, uuid
    or bytes, which become text; of anything else it is the ``repr``. At most 32 fields of at most 4 KiB each, and
    131,072 characters of text: what is over is cut, and the record says so. A record never fails a run, not even with a
    wrong placeholder.

    ``print`` writes to the log as well: lines of free text with the level ``info``. Both keep their order::

        dm.log.info("seeding %d customers", 100)
        dm.log.info("stored", table="customers", rows=100)
        try:
            dm.connection("conn_postgres").execute("select * from no_such_table")
        except TargetError as error:
            dm.log.warn("no old rows", code=error.code, exc_info=True)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def debug(self, message: object, /, *args: object, exc_info: bool = False, **fields: Any) -> None:
        """Write a record that only somebody who looks for details wants to see."""
        self._write("debug", message, args, fields, exc_info=exc_info)

    def info(self, message: object, /, *args: object, exc_info: bool = False, **fields: Any) -> None:
        """Write a record about what goes as it should."""
        self._write("info", message, args, fields, exc_info=exc_info)

    def warn(self, message: object, /, *args: object, exc_info: bool = False, **fields: Any) -> None:
        """Write a record about something odd that stops nothing. ``dm.log.warning`` is the same."""
        self._write("warn", message, args, fields, exc_info=exc_info)

    warning = warn

    def error(self, message: object, /, *args: object, exc_info: bool = False, **fields: Any) -> None:
        """Write a record about a failure; ``exc_info=True`` adds the exception that is being handled, on any level."""
        self._write("error", message, args, fields, exc_info=exc_info)

    def _write(
        self, level: str, message: object, args: tuple[object, ...], fields: Mapping[str, Any], *, exc_info: bool
    ) -> None:
        text = str(message)
        if args:
            try:
                text %= args
            except (TypeError, ValueError, KeyError):
                text = f"{text} {args!r}"  # a log line with a wrong placeholder is no reason to fail a run
        if exc_info:
            text = f"{text}\n{traceback.format_exc().rstrip()}"
        record: dict[str, Any] = {"level": level, "text": _cut(text, MAX_TEXT)}
        if fields:
            record["fields"] = _plain_fields(fields)
        flush_output()
        record["after"] = {name: _written(stream) for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr))}
        self._session.channel.notify(Kind.LOG, record)


def _plain_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as plain JSON, no more and no larger than the limits."""
    left = len(fields) - MAX_FIELDS
    shown = list(fields.items())[: MAX_FIELDS if left <= 0 else MAX_FIELDS - 1]
    plain = {_cut(name, _MAX_NAME): _plain_value(value) for name, value in shown}
    return plain if left <= 0 else {**plain, "...": f"{left + 1} more fields were left out"}


def _plain_value(value: Any) -> Any:
    try:
        plain = jsonable(unpack(pack(value)))
        text = json.dumps(plain)
    except (TypeError, ValueError, RecursionError):  # an object of the script's own, a number of 5,000 digits
        plain = _repr(value)
        text = json.dumps(plain)
    if len(text) <= MAX_FIELD:
        return plain
    return _cut(plain if isinstance(plain, str) else text, _SHOWN)


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} that can't be shown"


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[:size]} ... ({len(text)} characters in all)"


def _written(stream: object) -> int:
    """Bytes that went out through a stream so far, as the worker's own count them; 0 for one of the script's."""
    return getattr(getattr(getattr(stream, "buffer", None), "raw", None), "written", 0)
