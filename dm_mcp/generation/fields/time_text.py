"""Dates and moments as text in a form of their own: the option ``format``."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from dm_mcp.generation.columns import Column, Ints, TextColumn, TextPart
from dm_mcp.generation.streams import digits

__all__ = ["DATE_DIRECTIVES", "DIRECTIVES", "check_format", "shown", "written"]

DATE_DIRECTIVES = "Ymdyj"
"""The directives of C's ``strftime`` that read the same in every locale and need no time of day."""

DIRECTIVES = DATE_DIRECTIVES + "HMS"
"""Those that read the same in every locale."""

_DAY = 86_400_000_000
_LONGEST = 200
_PIECE = re.compile(r"%(.|$)", re.DOTALL)


def check_format(form: str, allowed: str = DIRECTIVES) -> str:
    """The format. Raises ValueError for a directive that is not allowed, and where there is none."""
    if len(form) > _LONGEST:
        raise ValueError(f"the format has {len(form)} characters; {_LONGEST} is the most")
    found = _PIECE.findall(form)
    wrong = next((char for char in found if char not in (*allowed, "%")), None)
    listed = ", ".join(f"%{char}" for char in allowed)
    if wrong is not None:
        raise ValueError(f"format {form!r} has %{wrong}; allowed are {listed} and %% for a percent sign")
    if not any(char in allowed for char in found):
        raise ValueError(f"format {form!r} shows no part of the time; write one of {listed}")
    return form


def written(form: str, microseconds: Ints) -> Column:
    """Moments, as microseconds since 1970-01-01, in that format."""
    days, rest = np.divmod(microseconds, _DAY)
    moments = days.astype("M8[D]")
    months, years = moments.astype("M8[M]"), moments.astype("M8[Y]")
    year = years.astype(np.int64) + 1970
    numbers = {
        "Y": (year, 4),
        "y": (year % 100, 2),
        "m": (months.astype(np.int64) % 12 + 1, 2),
        "d": ((moments - months.astype("M8[D]")).astype(np.int64) + 1, 2),
        "j": ((moments - years.astype("M8[D]")).astype(np.int64) + 1, 3),
        "H": (rest // 3_600_000_000, 2),
        "M": (rest // 60_000_000 % 60, 2),
        "S": (rest // 1_000_000 % 60, 2),
    }
    parts: list[TextPart] = []
    for i, piece in enumerate(_PIECE.split(form)):
        if i % 2 and piece != "%":
            parts.append(digits(*numbers[piece]))
        elif piece:
            parts.append(piece)
    return TextColumn(tuple(parts))


def shown(form: str | None, column: Column, moments: Ints) -> Column:
    """The column, or with a format its moments as text."""
    return column if form is None else replace(written(form, moments), null=column.null)
