"""The values of a field as places on a scale, and tables that spread rows over them.

Nothing but + - * / is in the way to a table, which IEEE 754 rounds alike everywhere (`math.exp` may differ in its last
bit from one machine to the next): every machine has the same tables and makes the same rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from dm_mcp.generation.columns import Ints
from dm_mcp.generation.streams import Words, unit_floats

__all__ = ["Piece", "Scale", "Table", "cells", "exp", "ln"]

_CELLS = 1024
_LN_2 = 0.6931471805599453
_LN_THREE_QUARTERS = -0.2876820724517809


def exp(x: float) -> float:
    """The power of e, by Taylor's series of what is left after powers of two; good to 14 digits."""
    twos = round(x / _LN_2)
    rest = x - twos * _LN_2
    term = total = 1.0
    for n in range(1, 15):
        term = term * rest / n
        total += term
    return math.ldexp(total, twos)


def ln(x: float) -> float:
    """The natural logarithm of a number above zero, by the series of the inverse hyperbolic tangent."""
    fraction, twos = math.frexp(x)
    ratio = (fraction - 0.75) / (fraction + 0.75)
    square = ratio * ratio
    total, power = 0.0, ratio
    for n in range(1, 28, 2):
        total += power / n
        power *= square
    return 2 * total + twos * _LN_2 + _LN_THREE_QUARTERS


class Piece(NamedTuple):
    """Places from ``start`` to ``end``, evenly spread, with their share of all rows relative to the other pieces."""

    start: float
    end: float
    weight: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The values of a field: ``count`` of them, evenly spaced from ``low`` to ``high``.

    Value number i takes the places from i to i + 1, so that a number is rounded to the value nearest to it.
    """

    low: float
    high: float
    count: int

    @property
    def step(self) -> float:
        """From one value to the next."""
        return (self.high - self.low) / (self.count - 1) if self.count > 1 else 1.0

    def place(self, value: float) -> float:
        """Where that number lies, from 0 to count for those that are rounded to one of the values."""
        return (value - self.low) / self.step + 0.5

    def value(self, place: float) -> float:
        """The number that lies there."""
        return self.low + (place - 0.5) * self.step

    def inside(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """What of the pieces lies between the ends."""
        for start, end, weight in pieces:
            first, last = max(start, 0.0), min(end, float(self.count))
            if first < last and weight > 0:
                yield Piece(first, last, weight * ((last - first) / (end - start)))

    def __str__(self) -> str:
        return f"between {self.low:.15g} and {self.high:.15g}"


def cells(density: Callable[[float], float], low: float, high: float) -> Iterator[Piece]:
    """The area under a density from low to high in cells of one width."""
    width = (high - low) / (2 * _CELLS)
    nodes = [low + i * width for i in range(2 * _CELLS)] + [high]
    heights = [density(node) for node in nodes]
    for i in range(0, 2 * _CELLS, 2):
        yield Piece(nodes[i], nodes[i + 2], heights[i] + 4 * heights[i + 1] + heights[i + 2])


class Table:
    """Pieces, and where the share of each begins."""

    def __init__(self, pieces: Sequence[Piece], count: int) -> None:
        sums = [0.0, *accumulate(piece.weight for piece in pieces)]
        begins = [value / sums[-1] for value in sums]
        # A piece whose share is lost in rounding has no rows.
        kept = [i for i, (begin, end) in enumerate(pairwise(begins)) if begin < end]
        self._begin = np.array([begins[i] for i in kept], np.float64)
        self._start = np.array([pieces[i].start for i in kept], np.float64)
        self._slope = np.array(
            [(pieces[i].end - pieces[i].start) / (begins[i + 1] - begins[i]) for i in kept], np.float64
        )
        # The last place below the end of each piece, which rounding must not reach.
        self._last = np.array([math.nextafter(pieces[i].end, -1.0) for i in kept], np.float64)
        self._count = count

    def pick(self, words: Words) -> Ints:
        """The numbers of values, one word each."""
        shares = unit_floats(words)
        piece = np.searchsorted(self._begin, shares, side="right") - 1
        places = self._start[piece] + (shares - self._begin[piece]) * self._slope[piece]
        steps = np.minimum(places, self._last[piece]).astype(np.int64)
        return np.clip(steps, 0, self._count - 1)
