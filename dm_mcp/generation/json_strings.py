"""Strings of JSON Schema as field types with their options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dm_mcp.generation.json_kinds import Kind, Lengths, Unmet
from dm_mcp.generation.json_lengths import fitted, fitted_pattern
from dm_mcp.generation.json_names import hinted_kinds
from dm_mcp.generation.regex_shapes import expression

__all__ = ["FORMATS", "string_kind"]

Schema = Mapping[str, Any]

FORMATS: Mapping[str, Kind | None] = {
    "date": Kind("date"),
    "date-time": Kind("datetime"),
    "time": Kind("time"),
    "duration": Kind("regex", {"pattern": "P[1-9]D|PT([1-9]|1[0-9]|2[0-3])H|P[1-9]DT[1-9]H"}),
    **dict.fromkeys(("email", "idn-email"), Kind("email")),
    **dict.fromkeys(("uuid", "uuid4"), Kind("uuid")),
    **dict.fromkeys(("uri", "iri", "uri-reference", "iri-reference"), Kind("url")),
    **dict.fromkeys(("hostname", "idn-hostname"), Kind("domain")),
    **dict.fromkeys(("ipv4", "ipvanyaddress"), Kind("ipv4")),
    "ipv6": Kind("ipv6"),
    "json-pointer": Kind("regex", {"pattern": "(/[a-z]{3,8}){1,3}"}),
    **dict.fromkeys(("int32", "int64", "float", "double", "password", "binary", "path"), None),
}
"""By format of JSON Schema 2020-12, OpenAPI or pydantic; None for what asks nothing of a text, or is of numbers."""

_WORDS, _WORD = Kind("words", {"count": 3}), Kind("words", {"count": 1})
_SHORT = 2
"""A text that must be longer is rather a code than words, where words are too long."""


def string_kind(name: str, schema: Schema, *, of_person: bool = False) -> Kind:
    """The type for a string called ``name``. Its format comes first, then a pattern, its name, its length."""
    lengths = Lengths(schema.get("minLength", 0), schema.get("maxLength", Lengths().high))
    if lengths.low > lengths.high:
        raise Unmet("maxLength", f"minLength {lengths.low} is greater than maxLength {lengths.high}")
    wanted = FORMATS.get(schema.get("format", ""))
    if "pattern" in schema:
        if wanted is not None:
            raise Unmet("pattern", f"it can't be met beside format {schema['format']!r}", "Leave out one of them.")
        return _matching(schema, lengths)
    if wanted is not None:
        kind = _first_fitting([wanted], lengths)
        if kind is None:
            raise Unmet(_keyword(schema), f"values of format {schema['format']!r} have other lengths", "Leave it out.")
        return kind
    kinds = [*hinted_kinds(name, of_person=of_person), _WORDS, *([_WORD] if lengths.low <= _SHORT else [])]
    return _first_fitting(kinds, lengths) or _random(lengths)


def _first_fitting(kinds: list[Kind], lengths: Lengths) -> Kind | None:
    if lengths == Lengths():
        return kinds[0]
    return next((found for kind in kinds if (found := fitted(kind, lengths)) is not None), None)


def _matching(schema: Schema, lengths: Lengths) -> Kind:
    """A whole text matches the pattern, so that it is found in it too, as JSON Schema has it."""
    pattern = re.sub(r"^\^|(?<!\\)\$$", "", schema["pattern"])
    try:
        fitting = pattern if lengths == Lengths() else fitted_pattern(pattern, lengths)
        if fitting is not None:
            expression(fitting)
    except ValueError as error:
        raise Unmet("pattern", str(error)) from None
    if fitting is None:
        hint = "Say in the pattern how often something comes, as {5,8} does."
        raise Unmet(_keyword(schema), "no text of the pattern that can be made has such a length", hint)
    return Kind("regex", {"pattern": fitting})


def _keyword(schema: Schema) -> str:
    return "maxLength" if "maxLength" in schema else "minLength"


def _random(lengths: Lengths) -> Kind:
    if lengths.high == 0:
        return Kind("enum", {"values": [""]})
    low = max(lengths.low, 1)
    return Kind("random_string", {"min": low, "max": min(lengths.high, max(low + 8, 16))})
