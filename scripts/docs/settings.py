"""The keys of ``dm.toml`` and of a scenario's header, from their models."""

from __future__ import annotations

from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt
from pydantic import BaseModel, ByteSize
from pydantic.fields import FieldInfo

from scripts.docs import markdown

__all__ = ["configuration", "table"]

_WORDS = {str: "text", bool: "boolean", int: "whole number", float: "number", ByteSize: "size", Any: "any"}


def configuration(model: type[BaseModel]) -> str:
    """Every table that the configuration may have, with its keys."""
    meaning = markdown.attribute_docstrings(model)
    parts: list[str] = []
    for name, field in model.model_fields.items():
        repeated = get_origin(field.annotation) is dict
        heading = f"### `[{name}.<id>]`\n" if repeated else f"### `[{name}]`\n"
        parts += [heading, markdown.from_docstring(meaning[name]), table(_model(field.annotation))]
    return "\n".join(parts)


def table(model: type[BaseModel]) -> str:
    """The keys of a table: type, default, meaning. An ``id`` is the table's own name, and no key."""
    meaning = markdown.attribute_docstrings(model)
    return markdown.table(
        ("key", "type", "default", "meaning"),
        (
            (f"`{field.alias or name}`", _type(field), _default(field), markdown.one_line(meaning[name]))
            for name, field in model.model_fields.items()
            if name != "id"
        ),
    )


def _model(annotation: Any) -> type[BaseModel]:
    """The model of a table, or of each of several tables."""
    return next(kind for kind in (*get_args(annotation), annotation) if kind is not str)


def _type(field: FieldInfo) -> str:
    bounds = [f", more than {rule.gt}" for rule in field.metadata if isinstance(rule, Gt)]
    bounds += [f", at least {rule.ge}" for rule in field.metadata if isinstance(rule, Ge)]
    return _words(field.annotation) + "".join(bounds)


def _words(annotation: Any) -> str:
    """A type in words; for a choice that includes None the rest of it."""
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    if get_origin(annotation) is Literal:
        return "text"
    if get_origin(annotation) is list:
        return "array" if kinds == [Any] else f"array of {_words(kinds[0])}"
    if get_origin(annotation) is dict:
        return "tables"
    return _words(kinds[0])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    match field.get_default(call_default_factory=True, validated_data={}):
        case None:
            return ""
        case bool(value):
            return f"`{str(value).lower()}`"
        case ByteSize() as size:
            return f'`"{size.human_readable(separator=" ").replace(".0", "")}"`'
        case str(text):
            return f'`"{text}"`'
        case [] | {}:
            return "none"
        case value:
            return f"`{value:g}`"
