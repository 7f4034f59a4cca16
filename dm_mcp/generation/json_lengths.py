"""Texts that keep to ``minLength`` and ``maxLength``: which field type does, and patterns that are cut to size."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import groupby

import numpy as np

from dm_mcp.generation.columns import Block
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.json_kinds import Kind, Lengths
from dm_mcp.generation.regex_shapes import expression
from dm_mcp.generation.regex_syntax import MORE
from dm_mcp.generation.render.json_text import value_json
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.template import parse_template

__all__ = ["fitted", "fitted_pattern"]

_SAMPLE = 2000
"""Values that show how long those of a type are."""
_PICKED = 1000
"""At the most, where some values fit and are picked from."""
_ENOUGH = 0.1
"""The share of values that must fit to be picked from."""

_REPEATED = re.compile(r"(\[\^?\]?(?:[^\]\\]|\\.)*\]|\\[dwsDWS]|[.]|[A-Za-z0-9])([*+]|\{(\d+)(,?)(\d*)\})")
"""One set of characters and how often it comes."""


def fitted(kind: Kind, lengths: Lengths) -> Kind | None:
    """The kind itself if its values fit; a choice of those that do, if some are too long or too short; else None.

    The values of a small type are all looked at, and else a sample of 2,000. As this doesn't show the longest and the
    shortest, there must be some room to spare beside it, or a choice is made.
    """
    texts, are_all = _texts(kind.type, json.dumps(kind.options))
    sizes = [len(text) for text in texts]
    spare = 0 if are_all else (max(sizes) - min(sizes)) // 2
    if lengths.low <= max(min(sizes) - spare // 2, 1) and max(sizes) + spare <= lengths.high:
        return kind
    fitting = [text for text in texts if lengths.low <= len(text) <= lengths.high]
    if len(fitting) < _ENOUGH * len(texts):
        return None
    return Kind("enum", {"values": list(dict.fromkeys(fitting))[:_PICKED]})


@lru_cache(maxsize=64)
def _texts(type_name: str, options: str) -> tuple[list[str], bool]:
    """Values of a type, and whether these are all."""
    field = {"name": "value", "type": type_name, "options": json.loads(options)}
    compiled = compile_template(parse_template({"id": "lengths", "name": "lengths", "fields": [field]}))
    distinct = compiled.fields["value"].distinct()
    are_all = distinct is not None and distinct.count <= _SAMPLE
    if distinct is not None and are_all:
        column = compiled.fields["value"].numbered(np.arange(distinct.count, dtype=np.int64))
        blocks = [Block(("value",), (column,), distinct.count)]
    else:
        blocks = list(compiled.blocks(_SAMPLE, 0))
    return [json.loads(value_json(row["value"])) for block in blocks for row in to_rows(block)], are_all


def fitted_pattern(pattern: str, lengths: Lengths) -> str | None:
    """A pattern for those texts of a pattern that fit, without ``^`` and ``$``; None if none do, or it gets too long.

    Raises ValueError for a pattern that is wrong.
    """
    repeated = _REPEATED.fullmatch(pattern)
    if repeated is not None:
        chars, sign, least, comma, most = repeated.groups()
        low = int(least or sign == "+")
        high = int(most) if most else low if sign.startswith("{") and not comma else lengths.high
        low = max(low, lengths.low)
        high = min(high, lengths.high, max(low + MORE, int(most or 0)))
        return f"{chars}{{{low},{high}}}" if low <= high else None
    shapes = expression(pattern).shapes
    fitting = [shape for shape in shapes if lengths.low <= len(shape) <= lengths.high]
    if len(fitting) == len(shapes):
        return pattern
    written = "|".join(
        "".join(f"{_set(chars)}{{{len(list(same))}}}" for chars, same in groupby(shape)) for shape in fitting
    )
    return written if fitting and len(written) <= _SAMPLE else None


def _set(chars: str) -> str:
    """A set of characters as a pattern, with ranges where three or more follow each other."""
    runs: list[list[str]] = []
    for char in sorted(chars):
        if runs and ord(char) == ord(runs[-1][-1]) + 1:
            runs[-1].append(char)
        else:
            runs.append([char])
    ranges = (
        f"{re.escape(run[0])}-{re.escape(run[-1])}" if len(run) > 2 else "".join(map(re.escape, run)) for run in runs
    )
    return f"[{''.join(ranges)}]"
