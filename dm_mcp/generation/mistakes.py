"""What is wrong with a template, in words and with its place: the way from a finding to a `TemplateError`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from dm_mcp.errors import TemplateError, Where
from dm_mcp.generation.plain_values import is_text
from dm_mcp.generation.positions import JsonPath, line_of
from dm_mcp.generation.registry import OptionError, closest

__all__ = ["SHOWN", "Mistake", "first_of", "key_mistake", "kind_of", "template_error"]

_HALF = 250
"""Characters of a message at its start, and at its end, that are always shown."""

SHOWN = 80
"""Characters of a wrong value in a message."""


class Mistake(Exception):
    """What is wrong, and the path to it."""

    def __init__(self, path: JsonPath, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


def template_error(mistake: Mistake, data: object, file: str | None = None, text: str | None = None) -> TemplateError:
    """The error: ``data`` is the template, ``file`` where it was read and ``text`` what was read there."""
    where: Where = {}
    if file is not None:
        where["file"] = file
    if text is not None:
        where["line"] = line_of(text, mistake.path)
    name = _field_name(data, mistake.path)
    if name is not None:
        where["field"] = name
    return TemplateError(f"{_cut(mistake.message).rstrip('.')}.", hint=mistake.hint, **where)


def _cut(message: str) -> str:
    """The message, without the middle of a value that is too long to be read."""
    return message if len(message) <= 2 * _HALF else f"{message[:_HALF]} ... {message[-_HALF:]}"


def _field_name(data: object, path: JsonPath) -> str | None:
    """The name of the field that the path leads into, or its number where it has none."""
    if len(path) < 2 or path[0] != "fields" or not isinstance(path[1], int) or not isinstance(data, Mapping):
        return None
    fields = cast("Mapping[str, object]", data)["fields"]
    if not isinstance(fields, list | tuple):
        return None
    field = cast("list[object]", fields)[path[1]]
    name = cast("Mapping[str, object]", field).get("name") if isinstance(field, Mapping) else None
    shown = name if isinstance(name, str) and name and is_text(name) else f"number {path[1] + 1}"
    if path[2:4] == ("options", "fields"):
        inner = _field_name(cast("Mapping[str, object]", field)["options"], path[3:])
        return shown if inner is None else f"{shown}.{inner}"
    return shown


def first_of(error: ValidationError) -> Any:
    """The mistake to tell: an unknown key before the others, for one that is missing may be that one, misspelled."""
    found = error.errors()
    return next((details for details in found if details["type"] == "extra_forbidden"), found[0])


def key_mistake(path: JsonPath, loc: JsonPath, subject: str, details: Any, model: type[BaseModel]) -> Mistake:
    """What pydantic found, in words about a key or an option."""
    allowed = [field.alias or name for name, field in model.model_fields.items()]
    match details["type"]:
        case "extra_forbidden":
            hint = closest(str(loc[-1]), allowed) if allowed else "This type has no options."
            return Mistake(path, f"unknown {subject}", hint)
        case "missing":
            return Mistake(path[:-1], f"{subject} is missing")
        case "too_short" | "too_long":
            return Mistake(path, f"{subject}: {_lowered(details['msg'])}")
        case "value_error":
            error = details["ctx"]["error"]
            return Mistake(path, f"{error}", error.hint if isinstance(error, OptionError) else "")
        case _:
            value = details["input"]
            shown = f", not {_shown(value)}" if isinstance(value, (str, int, float)) else f", not {kind_of(value)}"
            return Mistake(path, f"{subject}: {_lowered(details['msg'])}{shown}")


def _shown(value: float | str) -> str:
    """The value, as far as it is short; Python doesn't write a whole number of more than 4300 digits at all."""
    if isinstance(value, int) and value.bit_length() > SHOWN * 3:
        return "such a large number"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:].replace("dictionary", "object")


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    names: dict[type[object], str] = {
        dict: "an object",
        list: "a list",
        str: "text",
        type(None): "null",
        bool: "a boolean",
    }
    return names.get(type(value), "a number")
