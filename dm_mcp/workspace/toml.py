"""TOML read into pydantic models, with errors that name file, line and field and never repeat a value.

``dm.toml`` and the header of a script are both read here; the second is a piece of a file, hence ``first_line``.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dm_mcp.errors import WorkspaceError

__all__ = ["close_match", "explain", "line_of", "parse_toml", "problem"]

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w.-]|"[^"]*"|'[^']*'|[ \t](?=[\w."'-]))+?)\s*=""")
_DECODE_LINE = re.compile(r"\(at line (\d+), column \d+\)$")


def parse_toml(text: str, *, file: str, error: type[WorkspaceError], first_line: int = 1) -> dict[str, Any]:
    """The TOML document. ``first_line`` is the line of the file on which the text begins.

    Raises ``error`` with the line on which the document breaks.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        message = str(cause)
        found = _DECODE_LINE.search(message)
        line = int(found[1]) if found else text.rstrip().count("\n") + 1
        what = _DECODE_LINE.sub("", message).replace("(at end of document)", "").strip()
        raise error(
            f"This is not valid TOML: {what}.",
            hint="TOML wants a text in quotes, a list in [ ] and a table's name on a line of its own, in [ ].",
            file=file,
            line=first_line + line - 1,
        ) from None
    except RecursionError:
        raise error("This TOML is nested too deeply to be read.", file=file) from None


def line_of(text: str, path: Sequence[str | int], first_line: int = 1) -> int:
    """The line where the key at ``path``, or else the nearest table round it, is written.

    Found by looking at the lines one by one, since tomllib keeps no positions; good for pointing at, no more.
    """
    best, line_found = 0, 1
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if head := _TABLE.match(line):
            table = _parts(head[1])
            here = table
        elif key := _KEY.match(line):
            here = (*table, *_parts(key[1]))
        else:
            continue
        if len(here) > best and tuple(map(str, path[: len(here)])) == here:
            best, line_found = len(here), number
    return first_line + line_found - 1


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def close_match(name: str, names: Iterable[str]) -> str:
    """``Did you mean 'timeout'?`` for a name that is nearly one of ``names``, else an empty text."""
    found = difflib.get_close_matches(name, list(names), n=1)
    return f"Did you mean {found[0]!r}?" if found else ""


def explain(cause: ValidationError, model: type[BaseModel]) -> tuple[str, str, tuple[str | int, ...]]:
    """The first problem that pydantic found in data for ``model``: message, hint, path of the field.

    An unknown key comes before the others: one that is missing may be that one, misspelled.
    The value itself is never told: it may be a secret.
    """
    found = cause.errors(include_url=False, include_input=False)
    detail = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    path = detail["loc"]
    if detail["type"] == "extra_forbidden":
        *table, key = path
        names = _names_in(model, table)
        known = ", ".join(names) or "nothing yet"
        return f"There is no key {key!s:.60} here.", close_match(str(key), names) or f"Known: {known}.", path
    return f"{problem(detail)}.", "", path


def problem(detail: ErrorDetails) -> str:
    """What pydantic says is wrong with a value, without its own prefixes and full stop."""
    return detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")


def _names_in(model: type[BaseModel], table: Sequence[str | int]) -> list[str]:
    """The keys that the table at this path may have, following models, and dictionaries and lists of models."""
    here: type[BaseModel] = model
    for step in table:
        field = next((f for n, f in here.model_fields.items() if (f.alias or n) == step), None)
        inner = None if field is None else _model_in(field.annotation)
        here = inner or here
    return [field.alias or name for name, field in here.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for found in map(_model_in, get_args(annotation)) if found), None)
