"""Field types that are made of the row's other fields: derived."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar, Self

from pydantic import model_validator

from dm_mcp.errors import GenerationError
from dm_mcp.generation.as_text import text_parts
from dm_mcp.generation.columns import Column, ObjectColumn, TextColumn, TextPart
from dm_mcp.generation.expressions.program import Program, compile_expression
from dm_mcp.generation.expressions.syntax import ExpressionError
from dm_mcp.generation.expressions.values import FunctionError
from dm_mcp.generation.fields.nested import Objects
from dm_mcp.generation.registry import BlockContext, FieldType, OptionError, Options, Place, closest, field_type
from dm_mcp.generation.schema import ColumnType

__all__ = ["Derived", "DerivedOptions"]

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LONGEST = 10_000
"""Characters of a template."""

_MOST_PIECES = 5000
"""Of a text: each field that is made twice of another doubles them."""


class DerivedOptions(Options):
    """Either ``template``: text with fields or expressions in double braces; or ``expression``: one expression.

    Expressions have numbers, text in quotes, fields by name (in backquotes where they are no plain word),
    ``line_items[*].amount`` for the values inside a list of objects, ``+ - * / %``, comparisons, ``and or not``,
    ``a ? b : c`` and functions: sum, avg, min, max, count, round, upper, substring, year, add_days and more.
    """

    template: str | None = None
    expression: str | None = None

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        if (self.template is None) == (self.expression is None):
            raise ValueError("give either template or expression")
        if self.template is None:
            return self
        if len(self.template) > _LONGEST:
            raise ValueError(f"the template has {len(self.template)} characters; {_LONGEST} is the most")
        names = [name.strip() for name in _BRACES.findall(self.template)]
        rest = _BRACES.sub("", self.template)
        if "{{" in rest or "}}" in rest:
            raise ValueError(f"template {self.template!r:.200} has braces without a partner")
        if not all(names):
            raise ValueError(f"template {self.template!r:.200} has braces without a field's name in them")
        if not names:
            raise ValueError(f"template {self.template!r:.200} names no field; write one as {{{{first_name}}}}")
        return self


@field_type("derived")
class Derived(FieldType[DerivedOptions]):
    """Made of the row's other fields, e.g. ``{"template": "{{first_name}} {{last_name}}"}`` gives "Anna Meier".

    ``{"expression": "round(sum(line_items[*].amount) * 1.19, 2)"}`` gives a number. Fields may stand before or after
    it. In a text a null reads as nothing, a number or a date as in JSON.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: DerivedOptions, place: Place) -> None:
        super().__init__(options, place)
        self._pieces = list(_pieces(options, place))
        for piece in self._pieces:
            if not isinstance(piece, str):
                _check_paths(piece, place)
        self._type = self._result()

    @classmethod
    def references(cls, options: DerivedOptions, place: Place) -> tuple[str, ...]:
        """The fields that are named. Raises OptionError for an expression that can't be read."""
        programs = [piece for piece in _pieces(options, place) if not isinstance(piece, str)]
        return tuple(dict.fromkeys(name for program in programs for name in program.fields))

    def column_type(self) -> ColumnType:
        """Text, or what the expression results in."""
        return self._type

    def _result(self) -> ColumnType:
        if self.options.template is not None:
            return ColumnType.TEXT
        types = {name: field.column_type() for name, field in self.place.fields.items()}
        objects = {name: field.columns() for name, field in self.place.fields.items()}
        [program] = self._pieces
        kind = None if isinstance(program, str) else program.kind(types, objects)
        return kind or ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """The parts of the columns in a row, or the results; draws nothing."""
        if self.options.template is None:
            [program] = self._pieces
            return ObjectColumn([] if isinstance(program, str) else self._results(program, context))
        parts: list[TextPart] = []
        for piece in self._pieces:
            if isinstance(piece, str):
                parts.append(piece)
            elif piece.field is not None:
                parts += text_parts(context.column(piece.field), context.rows)
            else:
                parts += text_parts(ObjectColumn(self._results(piece, context)), context.rows)
            if len(parts) > _MOST_PIECES:
                raise GenerationError(
                    f"the text is made of more than {_MOST_PIECES:,} pieces.",
                    hint="Fields that are made of each other grow: use fewer of them.",
                    field=self.place.field,
                )
        return TextColumn(tuple(parts))

    def _results(self, program: Program, context: BlockContext) -> list[object]:
        try:
            return program.values(context.column, context.rows)
        except FunctionError as error:
            raise GenerationError(
                f"{program.text} came upon {error}.",
                hint="Look at the fields that it reads; `coalesce` and `a ? b : c` keep such rows out.",
                field=self.place.field,
            ) from None


def _pieces(options: DerivedOptions, place: Place) -> Iterator[str | Program]:
    """The expression; or the text between braces, and what stands in them."""
    if options.template is None:
        yield _program(options.expression or "", "expression", place)
        return
    for i, piece in enumerate(_BRACES.split(options.template)):
        if i % 2:
            yield _program(piece.strip(), "template", place)
        elif piece:
            yield piece


def _check_paths(program: Program, place: Place) -> None:
    """Raises OptionError for a way into objects that is none, where the objects' fields are known."""
    for path in program.paths:
        field = place.fields[path.field]
        if not isinstance(field, Objects) or not path.steps or not field.columns():
            continue
        first, *rest = path.steps
        if field.is_list and isinstance(first, str) and first != "*":
            raise OptionError(
                f"{path.field!r} is a list of objects",
                hint=f"Write {path.field}[*]{first} for a field of each of them.",
            )
        names = [first, *rest] if not field.is_list else rest
        name = names[0] if names else None
        if isinstance(name, str) and name.startswith(".") and name[1:] not in field.columns():
            raise OptionError(
                f"the objects of {path.field!r} have no field {name[1:]!r}",
                hint=closest(name[1:], list(field.columns())),
            )


def _program(text: str, option: str, place: Place) -> Program:
    # A name may be no plain word: {{First Name}}.
    written = f"`{text}`" if text in place.types and "`" not in text else text
    try:
        return _kept(written)
    except ExpressionError as error:
        raise OptionError(str(error), option=option) from None


_kept = lru_cache(maxsize=256)(compile_expression)
