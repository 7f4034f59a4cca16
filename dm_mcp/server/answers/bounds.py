"""How much one answer of a tool holds: what the common clients take as one result. All sizes are in characters.

The parts of an answer are counted as JSON, where a quote takes two characters and a control character six.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["as_json", "beginning", "cut", "fitting", "page_size"]

ANSWER = 20_000
"""Characters of a text, and of the structured content as JSON, at the most."""
ENTRIES = 19_000
"""What is left of them for the entries of a list."""
ERROR = 10_000
"""The text of a tool that failed."""

# An answer that tells a run: with an error of the longest kind they all fit into `ANSWER` together.
RESULT = 5_000
RESULT_PREVIEW = 2_000
PARAMS = 1_500
TABLES = 20
"""Tables, not characters."""
TAIL = 3_000
"""The lines of a log's end together."""
TAIL_LINE = 500
ERROR_MESSAGE = 1_500
ERROR_HINT = 500
ERROR_PLACE = 150

# One entry of a list.
LINE = 4_000
SCENARIO = 10_000
TEMPLATE_FIELDS = 100
"""Fields, not characters."""

# Answers with one long part.
SOURCE = 8_000
DEPENDENCIES = 500
ROWS = 15_000
ROWS_PREVIEW = 6_000
"""Of rows that take more than `ROWS`."""
COLUMNS = 3_000

_SEPARATOR = 2  # characters between two entries


def as_json(value: Any) -> str:
    """JSON as it is counted, and as texts show it."""
    return json.dumps(value, ensure_ascii=False)


def cut(text: str, size: int) -> str:
    """The beginning of a text, with a note of how many characters there are when it is not all."""
    shown = beginning(text, size)
    return text if shown == text else f"{shown}... ({len(text)} characters)"


def beginning(text: str, size: int) -> str:
    """The beginning of a text that takes ``size`` characters as JSON, or less."""
    return text[: bisect_right(range(1, min(size, len(text)) + 1), size, key=lambda end: len(as_json(text[:end])) - 2)]


def fitting(sizes: Iterable[int], room: int) -> int:
    """How many of the first entries of these sizes fit into the room."""
    count = 0
    for size in sizes:
        room -= size + _SEPARATOR
        if room < 0:
            break
        count += 1
    return count


def page_size(sizes: Sequence[int]) -> int:
    """How many entries of these sizes make a page: what fits into one answer, the first always."""
    return max(fitting(sizes, ENTRIES), min(len(sizes), 1))
