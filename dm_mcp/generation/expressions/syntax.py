"""The grammar of expressions: text to a tree.

::

    choice      = either ["?" choice ":" choice]
    either      = both {"or" both}
    both        = negated {"and" negated}
    negated     = "not" negated | comparison
    comparison  = sum [("==" | "!=" | "<" | "<=" | ">" | ">=") sum]
    sum         = product {("+" | "-") product}
    product     = signed {("*" | "/" | "%") signed}
    signed      = "-" signed | value
    value       = number | text | "true" | "false" | "null" | name "(" [choice {"," choice}] ")" | path | "(" choice ")"
    path        = field {"." name | "[" number "]" | "[*]"}

A field is written by its name, in backquotes where that is no plain word. Precedences are those of most languages
(a parser by precedence climbing: Richards and Whitby-Strevens, "BCPL", 1979).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

__all__ = ["Call", "ExpressionError", "Literal", "Node", "Path", "parse"]

_LONGEST = 2000
_DEEPEST = 40
_MOST_CALLS = 100
"""Operators and functions: what they are made to is nested as deep, and Python reads 200 levels at the most."""


class ExpressionError(ValueError):
    """Raised for an expression that can't be read; says where."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the expression."""

    value: str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """A field, and the way into its value: names of an object, numbers of a list, "*" for each of a list."""

    field: str
    steps: tuple[str | int, ...] = ()
    """A name has a dot before it here, so that a field named "*" can be told apart."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator, which has its sign as a name."""

    function: str
    arguments: tuple[Node, ...]


Node = Literal | Path | Call


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<quoted>`[^`]+`)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>\[\*\]|==|!=|<=|>=|[-+*/%<>()?:,.\[\]])""",
    re.VERBOSE,
)
_BINARY = (("or",), ("and",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
_CONSTANTS = {"true": True, "false": False, "null": None}
_RESERVED = {"and", "or", "not", *_CONSTANTS}
_ESCAPES = {"n": "\n", "t": "\t"}


def parse(text: str) -> Node:
    """The expression's tree. Raises ExpressionError with what is wrong and at which character."""
    if len(text) > _LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters; {_LONGEST} are possible")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0
        self._calls = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._next().kind != "end":
            raise self._unexpected()
        return node

    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> str | None:
        token = self._next()
        if token.kind in ("sign", "word") and token.text in texts:
            self._at += 1
            return token.text
        return None

    def _expect(self, text: str) -> None:
        if self._take(text) is None:
            raise self._unexpected(f"; {text!r} is missing")

    def _unexpected(self, more: str = "") -> ExpressionError:
        token = self._next()
        what = "its end" if token.kind == "end" else repr(token.text)
        return ExpressionError(f"unexpected {what} at character {token.at + 1} of {self._text!r}{more}")

    def _call(self, function: str, arguments: tuple[Node, ...]) -> Call:
        self._calls += 1
        if self._calls > _MOST_CALLS:
            raise ExpressionError(f"the expression has more than {_MOST_CALLS} operators and functions")
        return Call(function, arguments)

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(f"the expression is nested more than {_DEEPEST} deep")
        node = self._binary(0)
        if self._take("?"):
            first = self._choice()
            self._expect(":")
            node = self._call("if", (node, first, self._choice()))
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_BINARY):
            return self._signed()
        if level == 2 and self._take("not"):
            return self._call("not", (self._deeper(level),))
        node = self._binary(level + 1)
        while sign := self._take(*_BINARY[level]):
            node = self._call(sign, (node, self._binary(level + 1)))
            if level == 2:
                break  # a < b < c would surprise
        return node

    def _deeper(self, level: int) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(f"the expression is nested more than {_DEEPEST} deep")
        node = self._binary(level)
        self._depth -= 1
        return node

    def _signed(self) -> Node:
        if self._take("-"):
            return self._call("negative", (self._deeper(len(_BINARY)),))
        return self._value()

    def _value(self) -> Node:
        token = self._next()
        if self._take("("):
            node = self._choice()
            self._expect(")")
            return node
        if token.kind not in ("number", "text", "word", "quoted") or token.text in _RESERVED - set(_CONSTANTS):
            raise self._unexpected()
        self._at += 1
        match token.kind:
            case "number":
                return Literal(Decimal(token.text) if "." in token.text else int(token.text))
            case "text":
                body = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token.text[1:-1])
                return Literal(body)
            case "quoted":
                return self._path(token.text[1:-1])
            case _ if token.text in _CONSTANTS:
                return Literal(_CONSTANTS[token.text])
            case _ if self._take("("):
                return self._call(token.text, self._arguments())
            case _:
                return self._path(token.text)

    def _arguments(self) -> tuple[Node, ...]:
        if self._take(")"):
            return ()
        nodes = [self._choice()]
        while self._take(","):
            nodes.append(self._choice())
        self._expect(")")
        return tuple(nodes)

    def _path(self, field: str) -> Path:
        steps: list[str | int] = []
        while sign := self._take("[*]", "[", "."):
            token = self._next()
            match sign:
                case "[*]":
                    steps.append("*")
                case "[" if token.kind == "number" and token.text.isdigit():
                    self._at += 1
                    steps.append(int(token.text))
                    self._expect("]")
                case "." if token.kind in ("word", "quoted"):
                    self._at += 1
                    steps.append("." + token.text.strip("`"))
                case _:
                    raise self._unexpected()
        return Path(field, tuple(steps))


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"unexpected {text[at]!r} at character {at + 1} of {text!r}")
        if match.lastgroup != "space":
            tokens.append(_Token(match.lastgroup or "", match[0], at))
        at = match.end()
    return [*tokens, _Token("end", "", at)]
