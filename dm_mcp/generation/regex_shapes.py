r"""Regular expressions, read backwards: from a pattern to the shapes of the texts that match it.

A shape (see `dm_mcp.generation.codes`) is one way through a pattern: its alternatives chosen, its repetitions counted,
so that one set of characters after the other is left. ``[AB]{1,2}|\d`` has three shapes. Conditions without a width
(``^``, ``$``, ``\b``) are met by taking away characters beside them, or else the shape goes; a pattern that keeps none
is one that nothing satisfies. Of a pattern with more than `MOST_SHAPES` shapes so many are drawn, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from math import prod

from dm_mcp.generation.regex_syntax import Edge, Node, Repeat, Series, Union, is_word, parse
from dm_mcp.generation.streams import Stream

__all__ = ["MOST_SHAPES", "Expression", "expression"]

MOST_SHAPES = 2000

_MOST_CHARACTERS = 1000
_EMPTY = 10
"""Characters that something empty counts as."""

_MOST_CONDITIONS = 20_000
"""Conditions of all ways."""

_MOST_VARIANTS = 8
"""Of one way, to meet its conditions."""
_MOST_COMPARED = 400

_Way = tuple[str | Edge, ...]
_Shape = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A pattern as shapes of texts."""

    shapes: list[_Shape]
    weights: list[float]
    unambiguous: bool
    """No two shapes have a text in common."""


@lru_cache(maxsize=64)
def expression(pattern: str) -> Expression:
    """The shapes of a pattern. Raises ValueError for one that is wrong, can't be had, or that nothing satisfies."""
    tree = parse(pattern)
    longest = _longest(tree)
    if longest > _MOST_CHARACTERS:
        raise ValueError(f"pattern {pattern!r} makes texts of {longest} characters; {_MOST_CHARACTERS} is the most")
    ways = _all(tree) if _count(tree) <= MOST_SHAPES else _some(tree, pattern)
    shapes: dict[_Shape, float] = {}
    conditions = 0
    for weight, way in ways:
        conditions += sum(isinstance(item, Edge) for item in way)
        if conditions > _MOST_CONDITIONS:
            raise ValueError(
                f"conditions like ^ and \\b in pattern {pattern!r} come too often; {_MOST_CONDITIONS} is the most"
            )
        for share, shape in _satisfied(way):
            shapes[shape] = shapes.get(shape, 0.0) + weight * share
    if not shapes:
        raise ValueError(f"nothing satisfies pattern {pattern!r}")
    return Expression(list(shapes), list(shapes.values()), _disjoint(list(shapes)))


def _longest(node: Node) -> int:
    """The characters of the longest text; what is empty counts too where it is repeated, for it takes its time."""
    match node:
        case Series(items):
            return sum(map(_longest, items))
        case Union(choices):
            return max(map(_longest, choices))
        case Repeat(item, _, high):
            return (_longest(item) or _EMPTY) * high
        case _:
            return int(isinstance(node, str))


def _count(node: Node) -> int:
    """How many ways lead through it; more than `MOST_SHAPES` may be any number above that."""
    match node:
        case Series(items):
            count = prod(map(_count, items))
        case Union(choices):
            count = sum(map(_count, choices))
        case Repeat(item, low, high):
            each = _count(item)
            count = high - low + 1 if each == 1 else sum(min(each, 2) ** min(n, 64) for n in range(low, high + 1))
            if each > 2 and count <= MOST_SHAPES:
                count = sum(each**n for n in range(low, high + 1))
        case _:
            count = 1
    return min(count, MOST_SHAPES + 1)


def _all(node: Node) -> list[tuple[float, _Way]]:
    """Every way through it with its share."""
    match node:
        case Series(items):
            return _joined([_all(item) for item in items])
        case Union(choices):
            return [(share / len(choices), way) for choice in choices for share, way in _all(choice)]
        case Repeat(item, low, high):
            each = _all(item)
            times = range(low, high + 1)
            return [(share / len(times), way) for n in times for share, way in _joined([each] * n)]
        case _:
            return [(1.0, (node,))]


def _joined(pieces: Sequence[list[tuple[float, _Way]]]) -> list[tuple[float, _Way]]:
    return [
        (prod(share for share, _ in chosen), tuple(item for _, way in chosen for item in way))
        for chosen in product(*pieces)
    ]


def _some(tree: Node, pattern: str) -> Iterator[tuple[float, _Way]]:
    """Ways through it by chance, the same ones always."""
    words = _words(pattern)

    def pick(n: int) -> int:
        return next(words) * n >> 64

    for _ in range(MOST_SHAPES):
        yield 1.0, tuple(_one(tree, pick))


def _words(pattern: str) -> Iterator[int]:
    stream = Stream(0, "regex", pattern)
    block = 0
    while True:
        yield from stream.words(block, 1024).tolist()
        block += 1


def _one(node: Node, pick: Callable[[int], int]) -> Iterator[str | Edge]:
    match node:
        case Series(items):
            for item in items:
                yield from _one(item, pick)
        case Union(choices):
            yield from _one(choices[pick(len(choices))], pick)
        case Repeat(item, low, high):
            for _ in range(low + pick(high - low + 1)):
                yield from _one(item, pick)
        case _:
            yield node


def _satisfied(way: _Way) -> Iterator[tuple[float, _Shape]]:
    """The shapes that a way has once its conditions are met, with the share of each."""
    chars: list[str] = []
    edges: list[tuple[int, Edge]] = []
    for item in way:
        if isinstance(item, Edge):
            edges.append((len(chars), item))
        else:
            chars.append(item)
    variants = [chars]
    for at, edge in dict.fromkeys(edges):
        variants = [met for variant in variants for met in _met(variant, at, edge)]
        if len(variants) > _MOST_VARIANTS:
            raise ValueError(
                f"a pattern's conditions like \\b can be met in too many ways; {_MOST_VARIANTS} is the most"
            )
    total = sum(prod(map(len, variant)) for variant in variants)
    for variant in variants:
        yield prod(map(len, variant)) / total, tuple(variant)


def _met(chars: list[str], at: int, edge: Edge) -> Iterator[list[str]]:
    """What of the characters meets a condition before character number ``at``."""
    if edge is Edge.START:
        if at == 0:
            yield chars
    elif edge is Edge.END:
        if at == len(chars):
            yield chars
        elif at == len(chars) - 1 and "\n" in chars[at]:  # it may stand before a last newline
            yield [*chars[:at], "\n"]
    elif chars or edge is Edge.WORD:  # no Python before 3.14 finds a \B in an empty text
        for left, right in (True, False), (False, True), (True, True), (False, False):
            if (left != right) == (edge is Edge.WORD):
                kept = _kept(_kept(chars, at - 1, left), at, right)
                if kept is not None:
                    yield kept


def _kept(chars: list[str] | None, at: int, word: bool) -> list[str] | None:
    """The characters with the word characters alone at a place, or the others; None where there are none of them.

    Beyond the ends there are no word characters.
    """
    if chars is None or not 0 <= at < len(chars):
        return None if word else chars
    kept = _of_kind(chars[at], word)
    return [*chars[:at], kept, *chars[at + 1 :]] if kept else None


@lru_cache(maxsize=256)
def _of_kind(chars: str, word: bool) -> str:
    return "".join(char for char in chars if is_word(char) == word)


def _disjoint(shapes: list[_Shape]) -> bool:
    """Whether no two shapes have a text in common; of too many shapes that isn't looked into."""
    if len(shapes) > _MOST_COMPARED:
        return False
    sets = {chars: frozenset(chars) for shape in shapes for chars in shape}
    return not any(
        len(one) == len(other) and all(not sets[a].isdisjoint(sets[b]) for a, b in zip(one, other, strict=True))
        for one, other in combinations(shapes, 2)
    )
