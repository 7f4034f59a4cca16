"""Text that is put together from words and placeholders, compiled to the parts of a text column.

A locale's street may read ``{{building_number}} {{street_name}}`` in one row and ``{{street_name}}, Suite ###`` in the
next. A `Phrase` lays such alternatives over each other, slot by slot, so that one column of parts holds them all: a
slot is either a word, or a *stencil* of literal bytes, digits and letters. A row whose alternative is shorter has empty
words in the slots left over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np

from dm_mcp.generation.columns import Bytes, Ints, Picked, Pool, Slices, TextPart
from dm_mcp.generation.registry import BlockContext
from dm_mcp.generation.streams import Chooser, Words, octets

__all__ = ["Atom", "Phrase", "Stencils", "Vocables", "numbered_text", "places_of", "stencils", "vocables"]

_UNSAFE = frozenset("\",;'\\|")
"""What some format escapes; none of it may stand in a stencil, whose bytes go out as they are."""

_SPANS = {"#": ("0", 10), "%": ("1", 9), "$": ("2", 8), "?": ("A", 26)}
"""Faker's placeholders: the first character of the range and how many there are.

``#`` a digit, ``%`` a digit but zero, ``$`` a digit above one, ``?`` a letter (capital here).
"""

_OPTIONAL = {"!": "#", "@": "%"}
"""Faker's placeholders for a digit that is missing in half of the rows, and the digit meant."""


@dataclass(frozen=True, slots=True)
class Vocables:
    """Words to pick from, by weight."""

    words: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Stencils:
    """Formats to pick from, by weight: placeholders and literal text that needs no escaping anywhere.

    In ``marks`` a placeholder is itself and a literal character is a space, so that a literal ``#`` can be told apart.
    """

    texts: tuple[str, ...]
    marks: tuple[str, ...]
    weights: tuple[float, ...]


Atom = Vocables | Stencils
"""A piece of a phrase."""


def vocables(words: Iterable[str], weights: Iterable[float] | None = None) -> Vocables:
    """Words with their weights, all alike without; equal words are put together."""
    listed = tuple(words)
    merged: dict[str, float] = {}
    for word, weight in zip(listed, weights or (1.0,) * len(listed), strict=True):
        merged[word] = merged.get(word, 0.0) + float(weight)
    return Vocables(tuple(merged), tuple(merged.values()))


def stencils(formats: Iterable[str], weights: Iterable[float], letters: bool) -> Stencils | None:
    """Formats in Faker's placeholders as stencils; None where a literal would need escaping.

    ``letters`` says whether ``?`` stands for a letter or for itself.
    """
    texts: list[str] = []
    marks: list[str] = []
    shares: list[float] = []
    for text, weight in zip(formats, weights, strict=True):
        choices = [("", _OPTIONAL[char]) if char in _OPTIONAL else (char,) for char in text]
        variants = ["".join(variant) for variant in product(*choices)]
        for variant in variants:
            known = [char if char in _SPANS and (letters or char != "?") else " " for char in variant]
            if any(mark == " " and (char in _UNSAFE or char < " ") for char, mark in zip(variant, known, strict=True)):
                return None
            texts.append(variant)
            marks.append("".join(known))
            shares.append(weight / len(variants))
    return Stencils(tuple(texts), tuple(marks), tuple(shares))


A = TypeVar("A", Vocables, Stencils)


def _distinct(atoms: Sequence[A]) -> tuple[list[A], Ints]:
    """The different atoms, and which of them each one is."""
    places: dict[A, int] = {}
    numbers = [places.setdefault(atom, len(places)) for atom in atoms]
    return list(places), np.array(numbers, np.int64)


class _WordSlot:
    """A slot of words: one pool of the words of all alternatives."""

    def __init__(self, atoms: Sequence[Vocables]) -> None:
        groups, self._group_of = _distinct(atoms)
        self._pool = Pool(word for group in groups for word in group.words)
        self._chooser = Chooser(*(group.weights for group in groups))

    words_a_row = 1

    def part(self, words: Words, group: Ints | None) -> Picked:
        return Picked(self._pool, self._chooser.pick(words[:, 0], None if group is None else self._group_of[group]))


class _StencilSlot:
    """A slot of stencils: a table of bytes, and of how many characters from there on each may become."""

    def __init__(self, atoms: Sequence[Stencils]) -> None:
        groups, self._group_of = _distinct(atoms)
        rows = [_encode(text, marks) for group in groups for text, marks in zip(group.texts, group.marks, strict=True)]
        self._chooser = Chooser(*(group.weights for group in groups))
        self._size = np.array([len(base) for base, _ in rows], np.int64)
        width = self._width = max(1, int(self._size.max()))
        self._base = np.zeros((len(rows), width), np.uint8)
        self._span = np.zeros((len(rows), width), np.uint16)
        for i, (base, span) in enumerate(rows):
            self._base[i, : len(base)] = base
            self._span[i, : len(span)] = span
        self._single = len(rows) == 1
        self.words_a_row = 1 + -(-width // 4)

    def part(self, words: Words, group: Ints | None) -> Slices:
        n, width = len(words), self._width
        # Sixteen bits a character: a digit is off from a tenth by less than one part in six thousand.
        bits = octets(np.ascontiguousarray(words[:, 1:])).view("<u2").reshape(n, -1)[:, :width]
        if self._single:
            base, span = self._base, self._span
            size = np.full(n, self._size[0])
        else:
            chosen = self._chooser.pick(words[:, 0], None if group is None else self._group_of[group])
            base, span, size = self._base[chosen], self._span[chosen], self._size[chosen]
        drawn = bits.astype(np.uint32)
        drawn *= span
        drawn >>= np.uint32(16)
        text = drawn.astype(np.uint8)
        text += base
        return Slices(text.reshape(-1), np.arange(0, n * width, width, dtype=np.int64), size)


def _encode(text: str, marks: str) -> tuple[list[int], list[int]]:
    """The bytes of a stencil and the span of each: zero for a literal byte."""
    base: list[int] = []
    span: list[int] = []
    for char, mark in zip(text, marks, strict=True):
        if mark == " ":
            encoded = char.encode()
            base += encoded
            span += [0] * len(encoded)
        else:
            first, count = _SPANS[mark]
            base.append(ord(first))
            span.append(count)
    return base, span


def places_of(stencils: Stencils) -> int:
    """How many different texts a stencil without alternatives has; 0 with alternatives."""
    if len(stencils.texts) != 1:
        return 0
    return math.prod(_SPANS[mark][1] for mark in stencils.marks[0] if mark != " ")


def numbered_text(stencils: Stencils, numbers: Ints) -> Bytes:
    """The texts of a stencil without alternatives by their number, from 0 up to `places_of`, counted from its end."""
    base, span = _encode(stencils.texts[0], stencils.marks[0])
    made = np.empty((len(numbers), len(base)), np.uint8)
    rest = numbers
    for at in range(len(base) - 1, -1, -1):
        rest, place = np.divmod(rest, max(1, span[at]))
        made[:, at] = base[at] + place
    return made


_NO_WORD = Vocables(("",), (1.0,))
_NO_STENCIL = Stencils(("",), ("",), (1.0,))


class Phrase:
    """Alternatives of atoms, each with a weight, laid over each other in slots."""

    def __init__(self, alternatives: Sequence[tuple[float, Sequence[Atom]]]) -> None:
        self.alternatives = tuple((weight, tuple(atoms)) for weight, atoms in alternatives)
        self._chooser = Chooser([weight for weight, _ in alternatives]) if len(alternatives) > 1 else None
        self._slots = tuple(
            _WordSlot([atom for atom in column if isinstance(atom, Vocables)])
            if isinstance(column[0], Vocables)
            else _StencilSlot([atom for atom in column if isinstance(atom, Stencils)])
            for column in zip(*_aligned([atoms for _, atoms in self.alternatives]), strict=True)
        )

    def parts(self, context: BlockContext, lane: int = 0) -> tuple[TextPart, ...]:
        """The parts of a block's rows; takes one lane for the alternative and one for each slot, from ``lane`` on."""
        group = None if self._chooser is None else self._chooser.pick(context.words(lane=lane))
        return tuple(
            slot.part(context.words(slot.words_a_row, lane=lane + 1 + i).reshape(context.rows, -1), group)
            for i, slot in enumerate(self._slots)
        )


def _aligned(alternatives: Sequence[Sequence[Atom]]) -> list[list[Atom]]:
    """The alternatives, all of one length and of one kind of atom in each place, filled up with empty atoms.

    An alternative with fewer stencils than others stands at their left or their right end, whichever takes fewer slots.
    """
    runs = [_runs(atoms) for atoms in alternatives]
    count = max(map(len, runs))
    none: list[Atom] = []
    left = _filled_up([run + [none] * (count - len(run)) for run in runs])
    right = _filled_up([[none] * (count - len(run)) + run for run in runs])
    return right if len(right[0]) < len(left[0]) else left


def _filled_up(alternatives: Sequence[Sequence[list[Atom]]]) -> list[list[Atom]]:
    widths = [max(map(len, column)) for column in zip(*alternatives, strict=True)]
    fillers: tuple[Atom, Atom] = (_NO_WORD, _NO_STENCIL)
    return [
        [
            atom
            for i, (run, width) in enumerate(zip(runs, widths, strict=True))
            for atom in run + [fillers[i % 2]] * (width - len(run))
        ]
        for runs in alternatives
    ]


def _runs(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """The atoms in runs: words, one stencil, words, one stencil and so on; a run of words may be empty."""
    runs: list[list[Atom]] = [[]]
    for atom in atoms:
        if isinstance(atom, Stencils):
            runs.append([atom])
            runs.append([])
        else:
            runs[-1].append(atom)
    return runs
