"""Regular expressions as `re` writes them, parsed to a small tree: what `regex_shapes` makes texts from.

The standard library's own parser is private, and knows more than can be satisfied by construction. Here is the regular
part of the syntax; `re.compile` judges a pattern first, so that mistakes are told in its words.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from enum import Enum

__all__ = ["MORE", "PRINTABLE", "Edge", "Node", "Repeat", "Series", "Union", "is_word", "parse"]

MORE = 10
"""How many times more than it must an open repetition repeats at most."""

PRINTABLE = "".join(map(chr, range(32, 127)))
"""What ``.`` stands for, and what a negated set is taken from."""

_MOST_PATTERN = 2000
_MOST_DEPTH = 40
_MOST_REPEATS = 1000
_MOST_IN_RANGE = 10_000

_QUANTIFIER = re.compile(r"\*|\+|\?|\{(?!\})(?P<low>\d*)(?:(?P<comma>,)(?P<high>\d*))?\}")
_OCTAL = re.compile(r"0[0-7]{0,2}|[0-3][0-7]{2}")
_HEX = {"x": 2, "u": 4, "U": 8}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Edge(Enum):
    """A condition without a width on what stands on either side of it."""

    START = "^"
    END = "$"
    WORD = r"\b"
    NO_WORD = r"\B"


@dataclass(frozen=True, slots=True)
class Series:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """One of several."""

    choices: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same from ``low`` to ``high`` times."""

    item: Node
    low: int
    high: int


Node = str | Edge | Series | Union | Repeat
"""A piece of a pattern; a string is one character out of those in it."""


def is_word(char: str) -> bool:
    r"""Whether ``\w`` matches it."""
    return char.isalnum() or char == "_"


def _printable_but(chars: str) -> str:
    return "".join(char for char in PRINTABLE if char not in chars)


_WORD = "".join(filter(is_word, PRINTABLE))
_CLASSES = {
    "d": "0123456789",
    "w": _WORD,
    "s": " ",
    "D": _printable_but("0123456789"),
    "W": _printable_but(_WORD),
    "S": _printable_but(" "),
}
_EDGES = {"b": Edge.WORD, "B": Edge.NO_WORD, "A": Edge.START, "Z": Edge.END}
_GROUPS = {
    "=": "lookaheads",
    "!": "lookaheads",
    "<=": "lookbehinds",
    "<!": "lookbehinds",
    ">": "atomic groups",
    "(": "conditions",
    "P=": "references back",
}


def parse(pattern: str) -> Node:
    """The tree of a pattern. Raises ValueError with the place of what is wrong or can't be had."""
    if len(pattern) > _MOST_PATTERN:
        raise ValueError(f"the pattern has {len(pattern)} characters; {_MOST_PATTERN} is the most")
    parser = _Parser(pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sets that may mean something else in a later Python
            re.compile(pattern)
    except re.error as error:
        raise parser.problem(error.msg, error.pos) from None
    except (OverflowError, RecursionError) as error:
        raise ValueError(f"pattern {pattern!r}: {error}") from None
    return parser.union()


class _Parser:
    """Reads a pattern from left to right; ``re`` has found it well formed."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def problem(self, message: str, at: int | None) -> ValueError:
        """The error at a place, which is counted from 1 in its message."""
        place = "" if at is None else f" at character {at + 1}"
        return ValueError(f"pattern {self._pattern!r}: {message}{place}")

    def union(self) -> Node:
        """Alternatives up to a closing parenthesis or the end."""
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self.problem(f"groups lie in more than {_MOST_DEPTH} others", self._at)
        choices = [self._series()]
        while self._take("|"):
            choices.append(self._series())
        self._depth -= 1
        return choices[0] if len(choices) == 1 else Union(tuple(choices))

    def _series(self) -> Node:
        items: list[Node] = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            items.append(self._repeated(self._item()))
        return items[0] if len(items) == 1 else Series(tuple(items))

    def _take(self, text: str) -> bool:
        taken = self._pattern.startswith(text, self._at)
        self._at += len(text) * taken
        return taken

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _repeated(self, item: Node) -> Node:
        start = self._at
        found = _QUANTIFIER.match(self._pattern, start)
        if found is None:
            return item
        self._at = found.end()
        sign = found[0]
        if sign in "*+?":
            low, high = int(sign == "+"), 1 if sign == "?" else None
        else:
            low = int(found["low"] or 0)
            high = low if found["comma"] is None else int(found["high"]) if found["high"] else None
        if self._take("+"):
            raise self.problem("possessive repetitions can't be had", start)
        self._take("?")  # as few as possible, or as many: it is the same for a whole text
        high = low + MORE - (sign == "+") if high is None else high
        if high > _MOST_REPEATS:
            raise self.problem(f"it repeats {high} times; {_MOST_REPEATS} is the most", start)
        return Repeat(item, low, high)

    def _item(self) -> Node:
        char = self._next()
        match char:
            case ".":
                return PRINTABLE
            case "^":
                return Edge.START
            case "$":
                return Edge.END
            case "(":
                return self._group()
            case "[":
                return self._set()
            case "\\":
                return self._escape()
            case _:
                return self._sound(char, self._at - 1)

    def _group(self) -> Node:
        start = self._at - 1
        if self._take("?#"):
            self._at = self._pattern.index(")", self._at) + 1
            return Series(())
        if self._take("?P<"):
            self._at = self._pattern.index(">", self._at) + 1
        elif not self._take("?:") and self._take("?"):
            rest = self._pattern[self._at :]
            what = next((name for sign, name in _GROUPS.items() if rest.startswith(sign)), "flags")
            raise self.problem(f"{what} can't be had", start)
        inner = self.union()
        self._at += 1  # the closing parenthesis
        return inner

    def _escape(self) -> Node:
        start = self._at - 1
        char = self._next()
        if char in _EDGES:
            return _EDGES[char]
        if char in _CLASSES:
            return _CLASSES[char]
        if char.isdigit() and not _OCTAL.match(self._pattern, self._at - 1):
            raise self.problem("references back can't be had", start)
        return self._sound(self._escaped(char, start), start)

    def _escaped(self, char: str, start: int) -> str:
        """The one character that an escape stands for."""
        if octal := _OCTAL.match(self._pattern, start + 1):
            self._at = octal.end()
            return chr(int(octal[0], 8))
        if char in _HEX:
            self._at += _HEX[char]
            return chr(int(self._pattern[self._at - _HEX[char] : self._at], 16))
        if char == "N":
            raise self.problem("names of characters can't be had", start)
        return _CONTROLS.get(char, char)

    def _sound(self, chars: str, start: int) -> str:
        """The characters, if there are any and all of them can stand in a text."""
        if not chars:
            raise self.problem("nothing is left of the set", start)
        if "\0" in chars or any("\ud800" <= char <= "\udfff" for char in chars):
            raise self.problem("neither NUL nor half of a surrogate pair is text", start)
        return chars

    def _set(self) -> str:
        start = self._at - 1
        negated = self._take("^")
        chars: set[str] = set()
        first = True
        while first or self._pattern[self._at] != "]":
            first = False
            chars |= self._member()
            if len(chars) > _MOST_IN_RANGE:
                raise self.problem(f"the set has more than {_MOST_IN_RANGE} characters", start)
        self._at += 1
        if negated:
            return self._sound(_printable_but("".join(chars)), start)
        return self._sound("".join(sorted(chars)), start)

    def _member(self) -> set[str]:
        start = self._at
        low = self._one_of_set()
        if len(low) > 1 or self._pattern[self._at] != "-" or self._pattern[self._at + 1] == "]":
            return set(low)
        self._at += 1
        codes = range(ord(low), ord(self._one_of_set()) + 1)
        if len(codes) > _MOST_IN_RANGE:
            raise self.problem(f"the range has {len(codes)} characters; {_MOST_IN_RANGE} is the most", start)
        return set(map(chr, codes))

    def _one_of_set(self) -> str:
        char = self._next()
        if char != "\\":
            return char
        start = self._at - 1
        char = self._next()
        if char == "b":
            return "\b"
        return _CLASSES[char] if char in _CLASSES else self._escaped(char, start)
