"""Values that never come twice: the row's number, permuted, picks one of the different values."""

from __future__ import annotations

import numpy as np

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import Column, Ints
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, O
from dm_mcp.generation.streams import UNIQUE_LANE, Words

__all__ = ["ROUNDS", "Unique", "permuted"]

ROUNDS = 6
"""Keys that a permutation takes."""


class Unique:
    """A field whose values are all different."""

    def __init__(self, field: FieldType[O], distinct: Distinct, place: str) -> None:
        """``place`` names the template and the field."""
        self._field = field
        self._distinct = distinct
        self._place = place

    def check_count(self, count: int) -> None:
        """Raises GenerationError if there are fewer values than ``count``."""
        if count > self._distinct.count:
            raise GenerationError(
                f"{self._place}: {self._distinct.reason} give {self._distinct.count:,} distinct values,"
                f" {count:,} asked.",
                hint="Widen the field's options, ask for fewer rows, or leave out unique.",
                field=self._field.place.field,
            )

    def make(self, context: BlockContext) -> Column:
        """The values whose numbers are those of the rows, permuted."""
        keys = context.stream.words(0, ROUNDS, UNIQUE_LANE)
        return self._field.numbered(permuted(context.row_numbers, self._distinct.count, keys))


def permuted(numbers: Ints, count: int, keys: Words) -> Ints:
    """Where a random permutation of 0 to ``count`` - 1 sends each of ``numbers``, all of them in that range.

    A Feistel network over the next even power of two, walked until it comes back into the range (Black and Rogaway,
    "Ciphers with arbitrary finite domains", CT-RSA 2002): no table, so that a range of any size costs nothing.
    """
    half = np.uint64(max(1, ((count - 1).bit_length() + 1) // 2))
    low = np.uint64((1 << int(half)) - 1)
    values = numbers.astype(np.uint64)
    todo = np.arange(len(values))
    while len(todo):
        values[todo] = _enciphered(values[todo], half, low, keys)
        todo = todo[values[todo] >= np.uint64(count)]
    return values.view(np.int64)


def _enciphered(values: Words, half: np.uint64, low: np.uint64, keys: Words) -> Words:
    left, right = values >> half, values & low
    for key in keys:
        left, right = right, left ^ (_mixed(right + key) & low)
    return (left << half) | right


def _mixed(words: Words) -> Words:
    """The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
