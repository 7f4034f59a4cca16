"""``dm.log``: log records with a level, beside the free text of ``print``."""

from __future__ import annotations

import sys
import traceback

from dm_mcp.protocol import Kind
from dm_mcp.sdk.channel import flush_output
from dm_mcp.sdk.session import Session

__all__ = ["Log"]


MAX_TEXT = 256 * 1024
"""Characters of one record; the rest is cut."""


class Log:
    """Writes records to the run's log. Arguments are put into the text by ``%``, as `logging` does."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def debug(self, message: object, *args: object, exc_info: bool = False) -> None:
        """Write a record that only somebody who looks for details wants to see."""
        self._write("debug", message, args, exc_info=exc_info)

    def info(self, message: object, *args: object, exc_info: bool = False) -> None:
        """Write a record: ``dm.log.info("seeded %d rows", n)``."""
        self._write("info", message, args, exc_info=exc_info)

    def warn(self, message: object, *args: object, exc_info: bool = False) -> None:
        """Write a record about something odd that stops nothing."""
        self._write("warn", message, args, exc_info=exc_info)

    warning = warn

    def error(self, message: object, *args: object, exc_info: bool = False) -> None:
        """Write a record about a failure; ``exc_info=True`` adds the exception that is being handled."""
        self._write("error", message, args, exc_info=exc_info)

    def _write(self, level: str, message: object, args: tuple[object, ...], *, exc_info: bool) -> None:
        text = str(message)
        if args:
            try:
                text %= args
            except (TypeError, ValueError, KeyError):
                text = f"{text} {args!r}"  # a log line with a wrong placeholder is no reason to fail a run
        if exc_info:
            text = f"{text}\n{traceback.format_exc().rstrip()}"
        if len(text) > MAX_TEXT:
            text = f"{text[:MAX_TEXT]} ... ({len(text)} characters in all)"
        flush_output()
        printed = {name: _written(stream) for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr))}
        self._session.channel.notify(Kind.LOG, {"level": level, "text": text, "after": printed})


def _written(stream: object) -> int:
    """Bytes that went out through a stream so far, as the worker's own count them; 0 for one of the script's."""
    return getattr(getattr(getattr(stream, "buffer", None), "raw", None), "written", 0)
