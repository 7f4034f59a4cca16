"""What options are made of: values that every format can hold and every log can show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel

from dm_mcp.generation.positions import JsonPath

__all__ = ["flaw", "is_text"]

_DEEPEST = 100
_MOST_DIGITS = 4000  # Python writes a whole number of no more than 4300
_SCALARS = (bool, float, Decimal, date, time, timedelta, UUID, BaseModel)


def is_text(text: str) -> bool:
    """Whether UTF-8 holds it: half of a surrogate pair can come out of JSON, and is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def flaw(value: object, path: JsonPath = ()) -> tuple[JsonPath, str] | None:
    """Where a value holds something that is no JSON and no time, and what; None where all is well."""
    if value is None or isinstance(value, _SCALARS):
        return None
    if isinstance(value, int):
        return (path, "the number is too large") if value.bit_length() > _MOST_DIGITS * 3.32 else None
    if isinstance(value, str):
        return None if is_text(value) else (path, "half of a surrogate pair is no text")
    if len(path) >= _DEEPEST:
        return path, f"it is nested more than {_DEEPEST} deep"
    if isinstance(value, Mapping):
        items: Any = cast("Mapping[object, object]", value).items()
    elif isinstance(value, list | tuple):
        items = enumerate(cast("list[object]", value))
    else:
        return path, f"a value of type {type(value).__name__} can't be an option"
    for key, inner in items:
        if isinstance(value, Mapping) and not (isinstance(key, str) and is_text(key)):
            return path, f"the key {key!r:.80} is no text"
        if (found := flaw(inner, (*path, key))) is not None:
            return found
    return None
