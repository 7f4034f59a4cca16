"""Set one member in a JSON text and leave every other byte as it is: the text is a person's own file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

__all__ = ["set_member"]

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r'^([ \t]+)"', re.MULTILINE)


class _Member(NamedTuple):
    key: str
    start: int
    value: int
    end: int


def set_member(text: str, path: Sequence[str], value: object) -> str:
    """The text with the member at ``path``, key by key from the root, set to ``value``; what is missing is made.

    The new lines are indented and ended as those around them. ``text`` must be valid JSON. Raises `ValueError` when the
    root, or what is there on the way, is no object.
    """
    opening = _past_blanks(text, 0)
    for depth, key in enumerate(path):
        if text[opening] != "{":
            raise ValueError(f"{'.'.join(path[:depth]) or 'the root'} is not an object")
        members = list(_members(text, opening))
        same = [member for member in members if member.key == key]
        if not same:
            for missing in reversed(path[depth + 1 :]):
                value = {missing: value}
            return _insert(text, opening, members, key, value)
        opening = same[-1].value  # of two with one key the last counts for JSON's readers
        if depth == len(path) - 1:
            return text[:opening] + _dump(text, value, _indent(text, same[-1].start)) + text[same[-1].end :]
    return text


def _members(text: str, opening: int) -> Iterator[_Member]:
    """The members of the object that opens there."""
    at = _past_blanks(text, opening + 1)
    while text[at] != "}":
        key, colon = _decode(text, at)
        value = _past_blanks(text, _past_blanks(text, colon) + 1)
        _, end = _decode(text, value)
        yield _Member(str(key), at, value, end)
        at = _past_blanks(text, end)
        if text[at] == ",":
            at = _past_blanks(text, at + 1)


def _insert(text: str, opening: int, members: list[_Member], key: str, value: object) -> str:
    name = json.dumps(key, ensure_ascii=False)
    if members:
        last = members[-1]
        indent = _indent(text, last.start)
        between = ", " if indent is None else f",{_newline(text)}{indent}"
        return f"{text[: last.end]}{between}{name}: {_dump(text, value, indent)}{text[last.end :]}"
    outer = re.match(r"[ \t]*", text[text.rfind("\n", 0, opening) + 1 :])
    around = outer[0] if outer else ""
    inner = around + _unit(text)
    body = f"{{{_newline(text)}{inner}{name}: {_dump(text, value, inner)}{_newline(text)}{around}}}"
    return text[:opening] + body + text[_past_blanks(text, opening + 1) + 1 :]


def _dump(text: str, value: object, indent: str | None) -> str:
    """The value as JSON, in lines that begin with ``indent``; on one line when there is None."""
    if indent is None:
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, indent=_unit(text)).replace("\n", _newline(text) + indent)


def _indent(text: str, at: int) -> str | None:
    """What stands before ``at`` on its line; None when that is more than blanks, or the line is the only one."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return before if "\n" in text[:at] and not before.strip() else None


def _unit(text: str) -> str:
    found = _INDENT.search(text)
    return found[1] if found else "  "


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _past_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _decode(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, at)
