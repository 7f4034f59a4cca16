"""What the readers of JSON Schema hand to each other: kinds of fields, limits of lengths, what can't be met."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

__all__ = ["Kind", "Lengths", "Unmet"]


class Kind(NamedTuple):
    """A field type and its options."""

    type: str
    options: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it


class Lengths(NamedTuple):
    """The least and the most characters of a text."""

    low: int = 0
    high: int = sys.maxsize


class Unmet(Exception):
    """Raised for a keyword that no field type can follow; says which one, why, and perhaps what to do."""

    def __init__(self, keyword: str, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.keyword = keyword
        self.reason = reason
        self.hint = hint
