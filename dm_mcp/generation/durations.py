"""Durations in a few letters, as options of field types have them: "90m", "30d", "1d..60d"."""

from __future__ import annotations

import re
from decimal import Decimal

__all__ = ["UNITS", "parse_duration", "parse_span"]

UNITS = {
    "ms": 1000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
    "mo": 2_592_000_000_000,
    "y": 31_536_000_000_000,
}
"""Microseconds of a unit. Each has one length: a month is 30 days and a year 365, whatever the calendar says."""

_LONGEST = 10_000 * UNITS["y"]
_DURATION = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]+)", re.ASCII)
_FORM = "a number and one of ms, s, m (minutes), h, d, w, mo (30 days), y (365 days), as in '12h' or '30d'"


def parse_duration(text: str) -> int:
    """The microseconds of "1d", "12h", "90m", "1.5h" and the like. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or match[2] not in UNITS:
        raise ValueError(f"{text!r} is no duration: write {_FORM}")
    length = int(Decimal(match[1]) * UNITS[match[2]])
    if length > _LONGEST:
        raise ValueError(f"duration {text!r} is longer than 10000 years")
    return length


def parse_span(text: str) -> tuple[int, int]:
    """The least and the greatest microseconds of "1d..60d"; of "2h" alone, two hours both times. Raises ValueError."""
    first, dots, second = text.partition("..")
    low = parse_duration(first)
    high = parse_duration(second) if dots else low
    if low > high:
        raise ValueError(f"span {text!r} starts with the longer duration: write {second.strip()}..{first.strip()}")
    return low, high
