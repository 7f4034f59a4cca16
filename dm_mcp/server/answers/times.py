"""Times as callers are told them: one form everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload

__all__ = ["timestamp"]


@overload
def timestamp(seconds: float) -> str: ...


@overload
def timestamp(seconds: float | None) -> str | None: ...


def timestamp(seconds: float | None) -> str | None:
    """A time since 1970 as ISO 8601 in UTC, to the millisecond, with ``Z``; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
