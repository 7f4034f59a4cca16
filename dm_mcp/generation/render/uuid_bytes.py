"""Uuids from their text, for a column at once."""

from __future__ import annotations

import numpy as np

from dm_mcp.generation.columns import Bytes, TextColumn
from dm_mcp.generation.render.parts import Part, lay_out, masked
from dm_mcp.generation.render.text import column_text

__all__ = ["uuid_bytes"]

_LENGTH = 36
_HYPHENS = (8, 13, 18, 23)
_DIGITS = np.array([at for at in range(_LENGTH) if at not in _HYPHENS])
_NO_DIGIT = 255
_VALUES = np.full(256, _NO_DIGIT, np.uint8)
for _at, _digit in enumerate("0123456789abcdef"):
    _VALUES[[ord(_digit), ord(_digit.upper())]] = _at


def uuid_bytes(column: TextColumn, rows: int) -> list[Part] | None:
    """The column's texts as ``(n, 16)`` bytes; None when one that is not null is no uuid of 36 characters."""
    present = None if column.null is None else ~column.null
    parts = column_text(column) or []
    text = lay_out(parts if present is None else masked(parts, present), rows)
    sizes = text.size if present is None else text.size[present]
    if not (sizes == _LENGTH).all():
        return None
    found = _parse(text.buffer.reshape(-1, _LENGTH))
    if found is None or present is None:
        return None if found is None else [found]
    values = np.zeros((rows, 16), np.uint8)
    values[present] = found
    return [values]


def _parse(text: Bytes) -> Bytes | None:
    if not (text[:, _HYPHENS] == ord("-")).all():
        return None
    nibbles = _VALUES[text[:, _DIGITS]]
    if (nibbles == _NO_DIGIT).any():
        return None
    return np.bitwise_or(nibbles[:, 0::2] << np.uint8(4), nibbles[:, 1::2])
