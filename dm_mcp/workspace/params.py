"""The parameters that a run is given, held against those that the scenario's header declares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dm_mcp.errors import ParamsError
from dm_mcp.workspace.header import Header, Param
from dm_mcp.workspace.toml import close_match, problem

__all__ = ["coerce_params", "validate_params"]


def validate_params(header: Header, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a run: those given and, for the rest, the defaults; in the order of the header.

    Raises one `ParamsError` for all that is wrong: unknown names, missing ones, wrong types, values outside of enum,
    minimum and maximum. Its ``param`` is the first of them.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    hints: list[str] = []
    for name in given:
        if name not in header.params:
            problems[name] = f"{name!r:.60} is no parameter of it"
            hints.append(close_match(name, header.params))
    for name, param in header.params.items():
        if name not in given:
            if param.required:
                problems[name] = f"{name!r} is required"
            else:
                values[name] = param.default
            continue
        try:
            values[name] = param.adapter.validate_python(given[name], strict=True)
        except ValidationError as cause:
            problems[name] = f"{name!r} {_told(cause)}, not {given[name]!r:.60}"
            continue
        if param.enum is not None and values[name] not in param.enum:
            problems[name] = f"{name!r} should be one of {_listed(param.enum)}, not {given[name]!r:.60}"
            hints.append(close_match(str(given[name]), map(str, param.enum)))
    if problems:
        hint = " ".join(dict.fromkeys([*filter(None, hints), f"The parameters are: {_declared(header)}."]))
        raise ParamsError(f"{'; '.join(problems.values())}.", hint=hint, param=f"{next(iter(problems)):.60}")
    return values


def coerce_params(header: Header, given: Mapping[str, str]) -> dict[str, Any]:
    """Texts from a command line as values of their parameters' types; an array is JSON, or a list with commas.

    What is no value of its type, or no parameter at all, stays as it is, for `validate_params` to refuse.
    """
    return {
        name: _coerced(header.params[name], text) if name in header.params else text for name, text in given.items()
    }


def _coerced(param: Param, text: str) -> Any:
    try:
        if param.type == "array":
            if text.lstrip().startswith("["):
                return json.loads(text)
            parts = [part.strip() for part in text.split(",")] if text.strip() else []
            return [_coerced(param.items, part) for part in parts] if param.items else parts
        return param.adapter.validate_strings(text)
    except ValueError:  # pydantic's and json's errors are ValueErrors
        return _number(param, text)


def _number(param: Param, text: str) -> Any:
    """A number that its parameter does not admit is a number all the same, for the refusal to say so."""
    try:
        return {"integer": int, "number": float}.get(param.type, str)(text)
    except ValueError:
        return text


def _told(cause: ValidationError) -> str:
    """What is wrong, to be read after the name of the parameter."""
    detail = cause.errors()[0]
    what = problem(detail).removeprefix("Input ")
    return f"at item {detail['loc'][0]} {what}" if detail["loc"] else what


def _declared(header: Header) -> str:
    return ", ".join(f"{name} ({param.type})" for name, param in header.params.items()) or "none"


def _listed(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)
