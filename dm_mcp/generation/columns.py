"""What a block of generated rows is made of: typed columns, numpy arrays until a renderer wants bytes or objects.

A field type makes a `Column`; a renderer (`dm_mcp.generation.render`) turns columns into dictionaries, binary COPY or
JSON lines. Neither knows of the other: the column kinds below are all that passes between them.

Text is kept as parts (`TextPart`), so that ``first.last42@example.com`` never exists as an object on its way to a byte
format: a constant, a word of a `Pool`, another word, digits, another word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BLOCK",
    "SPARE",
    "Block",
    "BooleanColumn",
    "Bytes",
    "Choices",
    "Column",
    "DateColumn",
    "DecimalColumn",
    "FloatColumn",
    "IntegerColumn",
    "Ints",
    "Mask",
    "NestedColumn",
    "ObjectColumn",
    "Picked",
    "PickedColumn",
    "Pool",
    "Slices",
    "TextColumn",
    "TextPart",
    "TimestampColumn",
    "UuidColumn",
]

BLOCK = 8192
"""Rows in a block, except the last of a request. Part of the promise that a seed gives the same rows."""

SPARE = 64
"""Bytes behind the words of a pool, so that the last of them may be copied in a move of more than its own width."""

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Slices(NamedTuple):
    """Text of row i is ``buffer[start[i] : start[i] + size[i]]``: UTF-8 that needs no escaping in any format."""

    buffer: Bytes
    start: Ints
    size: Ints


class Pool:
    """A vocabulary: the words, and the same words as one UTF-8 buffer to slice from."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        encoded = [word.encode() for word in self.words]
        self._size = np.fromiter(map(len, encoded), np.int64, len(encoded))
        self._start = np.cumsum(self._size) - self._size
        self._buffer = np.frombuffer(b"".join([*encoded, bytes(SPARE)]), np.uint8)
        self._escaped: dict[Callable[[str], str], Pool] = {}

    def __len__(self) -> int:
        return len(self.words)

    def slices(self, indices: Ints) -> Slices:
        """The words at ``indices``, one a row."""
        return Slices(self._buffer, self._start[indices], self._size[indices])

    def escaped(self, escape: Callable[[str], str]) -> Pool:
        """The pool with each word escaped, made once for each ``escape`` function."""
        pool = self._escaped.get(escape)
        if pool is None:
            pool = self._escaped[escape] = Pool(map(escape, self.words))
        return pool


class Picked(NamedTuple):
    """A word of ``pool`` a row."""

    pool: Pool
    indices: Ints


TextPart = str | Bytes | Slices | Picked
"""A piece of each row's text: the same for all rows, an ``(n, width)`` matrix of ASCII, digits and the like, or a word.

A constant and a word may hold any character and are escaped by the renderer; the other two never need it.
"""


class Choices:
    """Python values to pick from, of any type; their renderings are kept with them by whoever makes them."""

    def __init__(self, values: Sequence[object]) -> None:
        self.values = tuple(values)
        self.rendered: dict[object, object] = {}

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class _Column:
    null: Mask | None = field(default=None, kw_only=True)
    """True where the value is null; what the arrays hold there is ignored. None: no nulls."""


@dataclass(frozen=True, slots=True)
class IntegerColumn(_Column):
    """An ``int`` a row."""

    values: Ints


@dataclass(frozen=True, slots=True)
class FloatColumn(_Column):
    """A ``float`` a row."""

    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DecimalColumn(_Column):
    """A ``Decimal`` a row: ``unscaled / 10**scale``; cents have scale 2."""

    unscaled: Ints
    scale: int


@dataclass(frozen=True, slots=True)
class BooleanColumn(_Column):
    """A ``bool`` a row."""

    values: Mask


@dataclass(frozen=True, slots=True)
class TimestampColumn(_Column):
    """A ``datetime`` in UTC a row: microseconds since 1970-01-01."""

    microseconds: Ints


@dataclass(frozen=True, slots=True)
class DateColumn(_Column):
    """A ``date`` a row: days since 1970-01-01."""

    days: Ints


@dataclass(frozen=True, slots=True)
class UuidColumn(_Column):
    """A uuid a row, in 16 bytes; an ``str`` of 36 characters as a Python value."""

    values: Bytes


@dataclass(frozen=True, slots=True)
class TextColumn(_Column):
    """An ``str`` a row: its parts, one after the other. At least one part is there."""

    parts: tuple[TextPart, ...]


@dataclass(frozen=True, slots=True)
class PickedColumn(_Column):
    """One of ``choices`` a row: what ``pick_from``, a constant and an enum of mixed types make."""

    choices: Choices
    indices: Ints


@dataclass(frozen=True, slots=True)
class ObjectColumn(_Column):
    """A Python value a row, None for null: the slow way in, for what a script computes."""

    values: Sequence[object]


@dataclass(frozen=True, slots=True)
class NestedColumn(_Column):
    """Rows inside a row: an object each, or a list of objects."""

    objects: Block
    """The rows of all objects, those of one row of the column next to each other."""

    ends: Ints | None
    """Row i holds the list of ``objects`` from ``ends[i - 1]`` (or 0) up to ``ends[i]``. None: one object each."""


Column = (
    IntegerColumn
    | FloatColumn
    | DecimalColumn
    | BooleanColumn
    | TimestampColumn
    | DateColumn
    | UuidColumn
    | TextColumn
    | PickedColumn
    | ObjectColumn
    | NestedColumn
)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a template: one column a field, in the template's order."""

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int

    def __iter__(self) -> Iterator[tuple[str, Column]]:
        return zip(self.names, self.columns, strict=True)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        try:
            return self.columns[self.names.index(name)]
        except ValueError:
            raise KeyError(name) from None
