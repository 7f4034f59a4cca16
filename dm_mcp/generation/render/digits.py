"""Numbers, times and uuids as text, for a block at once: matrices of characters, and slices where lengths differ."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import Bytes, Ints, Mask, Slices
from dm_mcp.generation.render.parts import Part, items, masked, repeat, side_by_side

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "date_text",
    "decimal_text",
    "digits",
    "fixed_point_text",
    "timestamp_text",
    "uuid_text",
]

_DAY = 86_400_000_000  # microseconds

FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31 as days since 1970-01-01: what a ``date`` and ISO text of ten characters can hold."""

_FOUR_DIGITS = np.frombuffer("".join(f"{n:04}" for n in range(10_000)).encode(), np.uint32)
_POWERS = 10 ** np.arange(1, 20, dtype=np.uint64)


def digits(values: NDArray[np.int64] | NDArray[np.uint64], width: int) -> Bytes:
    """Integers from 0 to ``10**width - 1`` as an ``(n, width)`` matrix of digits, padded with zeros on the left."""
    groups = -(-width // 4)
    text = np.empty((len(values), groups), np.uint32)
    rest = values.astype(np.uint64, copy=False)
    for at in range(groups - 1, 0, -1):
        above = rest // np.uint64(10_000)
        text[:, at] = _FOUR_DIGITS[rest - above * np.uint64(10_000)]
        rest = above
    text[:, 0] = _FOUR_DIGITS[rest]
    return text.view(np.uint8)[:, 4 * groups - width :]


def decimal_text(values: Ints) -> Slices:
    """Integers as decimal text without padding, any int64: digits in a matrix, the slice skips the leading zeros."""
    return _decimal_text(_magnitudes(values), values < 0)


def _decimal_text(magnitudes: NDArray[np.uint64], negative: Mask) -> Slices:
    size = np.searchsorted(_POWERS, magnitudes, side="right") + 1
    width = 4 * (int(size.max(initial=1)) // 4 + 1)  # one place more than digits, for the sign
    text = digits(magnitudes, width)
    if negative.any():
        at = np.flatnonzero(negative)
        text[at, width - 1 - size[at]] = ord("-")
        size = size + negative
    return Slices(text.reshape(-1), np.arange(1, len(text) + 1) * width - size, size)


def fixed_point_text(unscaled: Ints, scale: int) -> list[Part]:
    """``unscaled / 10**scale`` with ``scale`` digits after the point (none, and no point, for scale 0)."""
    if not scale:
        return [decimal_text(unscaled)]
    magnitudes = _magnitudes(unscaled)
    if scale < len(_POWERS):
        whole = magnitudes // _POWERS[scale - 1]
        rest = digits(magnitudes - whole * _POWERS[scale - 1], scale)
    else:
        whole = np.zeros_like(magnitudes)
        rest = np.full((len(unscaled), scale), ord("0"), np.uint8)
        rest[:, -20:] = digits(magnitudes, 20)[:, -scale:]
    return [_decimal_text(whole, unscaled < 0), b".", rest]


def _magnitudes(values: Ints) -> NDArray[np.uint64]:
    bits = np.ascontiguousarray(values, np.int64).view(np.uint64)
    return np.where(values < 0, 0 - bits, bits)  # that of the lowest int64 fits uint64 only


def uuid_text(values: Bytes) -> Bytes:
    """``(n, 16)`` bytes as ``(n, 36)`` characters: hexadecimal, with hyphens."""
    pairs = values.astype("<u2")
    halves = ((pairs >> 4) | (pairs << 8 & 0x0F00)).view(np.uint8)  # the upper half of each byte first
    digits = halves + np.uint8(ord("0"))
    digits += (halves > 9) * np.uint8(ord("a") - ord("0") - 10)
    groups = [items(digits[:, start:end]) for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))]
    hyphen = repeat(b"-", len(values))
    joined = side_by_side([groups[0], hyphen, groups[1], hyphen, groups[2], hyphen, groups[3], hyphen, groups[4]])
    return joined.view(np.uint8).reshape(len(values), 36)


def date_text(days: Ints) -> Bytes:
    """Days since 1970-01-01, from `FIRST_DAY` to `LAST_DAY`, as ``(n, 10)`` characters: ``2026-01-31``."""
    if not len(days):
        return np.empty((0, 10), np.uint8)
    low, high = int(days.min()), int(days.max())
    if high - low >= len(days):
        return _calendar(days)
    table = _calendar(np.arange(low, high + 1))  # each day once, since rows share them
    return items(table)[days - low].view(np.uint8).reshape(len(days), 10)


def _calendar(days: Ints) -> Bytes:
    dates = days.astype("M8[D]")
    months = dates.astype("M8[M]")
    count = months.astype(np.int64)  # since January 1970
    text = np.full((len(days), 10), ord("-"), np.uint8)
    text[:, :4] = digits(count // 12 + 1970, 4)
    text[:, 5:7] = digits(count % 12 + 1, 2)
    text[:, 8:] = digits((dates - months.astype("M8[D]")).astype(np.int64) + 1, 2)
    return text


def timestamp_text(microseconds: Ints, between: bytes = b"T", end: bytes = b"Z") -> list[Part]:
    """Microseconds since 1970-01-01 UTC as ``2026-01-31T12:00:00Z``; six digits of a second where there is a fraction.

    ``between`` stands between day and time, ``end`` at the end. The days must be from `FIRST_DAY` to `LAST_DAY`.
    """
    days = microseconds // _DAY
    rest = microseconds - days * _DAY
    seconds = rest // 1_000_000
    fraction = rest - seconds * 1_000_000
    parts: list[Part] = [date_text(days), between, items(_clock())[seconds].view(np.uint8).reshape(len(days), 8)]
    some = fraction != 0
    if some.any():
        parts += masked([b".", digits(fraction, 6)], some)
    return [*parts, end]


@functools.cache
def _clock() -> Bytes:
    """``HH:MM:SS`` of each second of a day."""
    seconds = np.arange(86_400)
    text = np.full((len(seconds), 8), ord(":"), np.uint8)
    for at, values in enumerate((seconds // 3600, seconds // 60 % 60, seconds % 60)):
        text[:, 3 * at : 3 * at + 2] = digits(values, 2)
    return text
