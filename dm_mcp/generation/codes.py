"""Codes: short texts of some shapes, each of their characters from an alphabet of its own.

A random string, a serial number and whatever a regular expression matches are alike in that. `Codes` draws them, and
numbers them: code number i of all that are possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import Ints, Picked, Pool, Slices, TextPart
from dm_mcp.generation.streams import Chooser, Words, octets

__all__ = ["DIGITS", "LETTERS", "LOWER", "MOST_NUMBERED", "UPPER", "Codes", "Ranges", "scrambled"]

DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
LETTERS = UPPER + LOWER

MOST_NUMBERED = 2**63 - 1
"""Values that an int64 can number; there may be more of them."""

_UNSAFE = frozenset("\",;'\\|\x7f")
"""What some format escapes, apart from control characters: bytes with it can't go out as they are."""

_PADDING = "\0"

Shape = Sequence[str]
"""The alphabet of each character: different characters, one at least."""


def scrambled(numbers: Ints, words_a_row: int) -> Words:
    """Words that look random and hang on nothing but the number: shape ``(n, words_a_row)``.

    The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    """
    steps = np.arange(1, words_a_row + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    words = numbers.astype(np.uint64)[:, None] * np.uint64(0xD1B54A32D192ED03) + steps
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


class Codes:
    """Codes of one or several shapes; a shape is picked by weight."""

    def __init__(self, shapes: Sequence[Shape], weights: Sequence[float] | None = None) -> None:
        """Shapes are as likely as each other without weights."""
        self._chooser = Chooser(weights or [1.0] * len(shapes)) if len(shapes) > 1 else None
        self._length = np.array([len(shape) for shape in shapes], np.int64)
        self.width = width = max(1, *map(len, shapes))
        """The characters of the longest."""
        alphabets = {_PADDING: 0}
        self._alphabet = np.zeros((len(shapes), width), np.intp)
        for i, shape in enumerate(shapes):
            self._alphabet[i, : len(shape)] = [alphabets.setdefault(each, len(alphabets)) for each in shape]
        sizes = [len(alphabet) for alphabet in alphabets]
        self._sizes = np.array(sizes, np.uint32)
        # All alphabets one after the other, and where each begins.
        self._begin = np.array([0, *accumulate(sizes[:-1])], np.uint32)
        self._plain = all(map(_is_plain, list(alphabets)[1:]))
        self._chars = np.array(list(map(ord, "".join(alphabets))), np.uint8 if self._plain else "<u4")
        self.words_a_row = 1 + -(-width // 4)
        self._number(shapes)

    def _number(self, shapes: Sequence[Shape]) -> None:
        """Give each shape its numbers: as many as it has codes, or its part of all that there are."""
        counts = [prod(map(len, shape)) for shape in shapes]
        most = MOST_NUMBERED if sum(counts) <= MOST_NUMBERED else MOST_NUMBERED // len(shapes)
        counts = [min(count, most) for count in counts]
        self.count = sum(counts)
        """How many codes can be numbered, where shapes have none in common."""
        self._first = np.array([0, *accumulate(counts[:-1])], np.int64)
        # A character has no part in the number where those behind it tell all the numbers of its shape apart.
        self._free = np.zeros(self._alphabet.shape, np.bool_)
        for i, (shape, count) in enumerate(zip(shapes, counts, strict=True)):
            behind = 1
            for column in range(len(shape) - 1, -1, -1):
                self._free[i, column] = behind >= count
                behind *= len(shape[column])

    def draw(self, words: Words) -> TextPart:
        """Codes from words of shape ``(n, words_a_row)``."""
        shape = None if self._chooser is None else self._chooser.pick(words[:, 0])
        alphabet = self._alphabet[0] if shape is None else self._alphabet[shape]
        return self._text(alphabet, self._places(words, alphabet), shape)

    def numbered(self, numbers: Ints) -> TextPart:
        """The codes of these numbers, below `count`."""
        shape = np.searchsorted(self._first, numbers, side="right") - 1
        alphabet, rest = self._alphabet[shape], numbers - self._first[shape]
        places = np.empty(alphabet.shape, np.uint32)
        for column in range(self.width - 1, -1, -1):
            sizes = self._sizes[alphabet[:, column]].astype(np.int64)
            rest, places[:, column] = np.divmod(rest, sizes)
        if self._free.any():
            others = self._places(scrambled(numbers, self.words_a_row), alphabet)
            places = np.where(self._free[shape], others, places)
        return self._text(alphabet, places, None if self._chooser is None else shape)

    def _places(self, words: Words, alphabet: NDArray[np.intp]) -> NDArray[np.uint32]:
        """Which character of its alphabet each one is."""
        # Sixteen bits a character: a digit is off from a tenth by less than one part in six thousand.
        bits = octets(np.ascontiguousarray(words[:, 1:])).view("<u2").reshape(len(words), -1)[:, : self.width]
        places = bits * self._sizes[alphabet]
        places >>= np.uint32(16)
        return places

    def _text(self, alphabet: NDArray[np.intp], places: NDArray[np.uint32], shape: Ints | None) -> TextPart:
        places += self._begin[alphabet]
        chars = self._chars[places]
        if not self._plain:
            texts: list[str] = np.ascontiguousarray(chars).view(f"<U{self.width}")[:, 0].tolist()
            return Picked(Pool(texts), np.arange(len(texts), dtype=np.int64))
        if shape is None and self._length[0]:
            return chars
        size = self._length[np.zeros(len(chars), np.int64) if shape is None else shape]
        return Slices(chars.reshape(-1), np.arange(len(chars), dtype=np.int64) * self.width, size)


def _is_plain(alphabet: str) -> bool:
    return alphabet.isascii() and alphabet.isprintable() and _UNSAFE.isdisjoint(alphabet)


class Ranges:
    """Whole numbers of several ranges, both ends included, numbered one range after the other."""

    def __init__(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Numbers fit in an int64, and there are no more of them than `MOST_NUMBERED`."""
        counts = [last - first + 1 for first, last in ranges]
        self.count = sum(counts)
        """How many numbers there are."""
        self._begin = np.array([sum(counts[:i]) for i in range(len(counts))], np.int64)
        self._offset = np.array([first for first, _ in ranges], np.int64) - self._begin

    def at(self, numbers: Ints) -> tuple[Ints, Ints]:
        """The numbers in those places, from 0 up to `count`, and which range each is in."""
        index = np.searchsorted(self._begin, numbers, side="right") - 1
        return numbers + self._offset[index], index
