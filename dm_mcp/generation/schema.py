"""What the columns of rows are, known before any row is made. No numpy here: the server reads this at its start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["MAX_SEED", "ColumnSpec", "ColumnType"]

MAX_SEED = 2**53 - 1
"""The largest seed: every JSON reader holds it exactly."""


class ColumnType(StrEnum):
    """What a column holds, in words that every target understands."""

    UUID = "uuid"
    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    DATE = "date"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column's name and type, known before any row is made."""

    name: str
    type: ColumnType
    sensitive: bool = False
    """Values are kept out of messages and logs."""
