"""Where the values of a JSON text stand, so that an error can name the line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

__all__ = ["JsonPath", "line_of", "lines"]

JsonPath = tuple[str | int, ...]
"""The keys and indices that lead to a value: ``("fields", 2, "options", "min")``."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


@dataclass(slots=True)
class _Container:
    is_list: bool
    step: str | int


def lines(text: str) -> dict[JsonPath, int]:
    """The line of each value, counted from 1; that of its key where it has one. Broken JSON gives what it can."""
    found: dict[JsonPath, int] = {(): 1}
    stack: list[_Container] = []
    line = 1
    seen = 0
    expects_key = False
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        piece = token.group()
        if piece in "[{":
            if stack and stack[-1].is_list:
                found[tuple(each.step for each in stack)] = line
            stack.append(_Container(piece == "[", 0 if piece == "[" else ""))
            expects_key = piece == "{"
        elif piece in "]}":
            if stack:
                stack.pop()
            expects_key = False
        elif piece == ",":
            if stack and stack[-1].is_list:
                stack[-1].step = int(stack[-1].step) + 1
            expects_key = bool(stack) and not stack[-1].is_list
        elif piece == ":":
            expects_key = False
        elif expects_key and piece.startswith('"'):
            stack[-1].step = _unquoted(piece)
            found[tuple(each.step for each in stack)] = line
        elif stack and stack[-1].is_list:
            found[tuple(each.step for each in stack)] = line
    return found


def line_of(text: str, path: JsonPath) -> int:
    """The line of a value, or of the nearest value round it that is there."""
    found = lines(text)
    while path not in found:
        path = path[:-1]
    return found[path]


def _unquoted(piece: str) -> str:
    try:
        return str(json.loads(piece, strict=False))
    except ValueError:
        return piece[1:-1]
