"""The field type that is Python code of the template's author: python."""

from __future__ import annotations

import ast
import builtins
import random
import traceback
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, cast

from pydantic import Field

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import Column, ObjectColumn
from dm_mcp.generation.plain_values import flaw
from dm_mcp.generation.registry import BlockContext, FieldType, OptionError, Options, Place, field_type
from dm_mcp.generation.render.values import to_python
from dm_mcp.generation.schema import ColumnType

__all__ = ["Python", "PythonOptions"]

_FORM = "Write def value(rng, row, dm): ... and return the value."
_PARAMETERS = 3

_RETURNS = {
    "str": ColumnType.TEXT,
    "int": ColumnType.INTEGER,
    "float": ColumnType.FLOAT,
    "bool": ColumnType.BOOLEAN,
    "Decimal": ColumnType.DECIMAL,
    "date": ColumnType.DATE,
    "datetime": ColumnType.TIMESTAMP,
    "UUID": ColumnType.UUID,
    "dict": ColumnType.JSON,
    "list": ColumnType.JSON,
}
"""What a return annotation says of the column; without one it is text."""

_PLAIN = (type(None), str, int, float, Decimal, date, uuid.UUID, dict, list)


class PythonOptions(Options):
    """``code``: Python source with a function ``value(rng, row, dm)``, called once a row.

    ``rng`` is a `random.Random` of the row's own, ``row`` a dictionary of the fields before this one, ``dm`` the run's
    `DataMaker`, or None outside of a run. The return annotation tells the column's type: ``-> int``.
    """

    code: str = Field(min_length=1, max_length=20_000)


@field_type("python")
class Python(FieldType[PythonOptions]):
    r"""What a function returns, e.g. ``{"code": "def value(rng, row, dm) -> int:\n    return rng.randint(1, 6)"}``.

    Slow: a call of Python a row. The code runs in a worker alone, with its limits and without any credential.
    """

    localised: ClassVar[bool] = False
    has_effects: ClassVar[bool] = True

    def __init__(self, options: PythonOptions, place: Place) -> None:
        """Runs the code, which defines the function. Raises OptionError outside of a worker, and for what it raises."""
        super().__init__(options, place)
        if not place.surroundings.runs_code:
            raise OptionError("Python code does not run here", hint="Use `dm-mcp generate` or a scenario.")
        self._before = self.references(options, place)
        self._hides = place.sensitive or any(field.is_sensitive() for field in place.fields.values())
        self._file = f"<{place.chain[-1] if place.chain else 'template'}.{place.field}>"
        self._function = self._defined()
        self._returns = _RETURNS.get(_annotation(options.code), ColumnType.TEXT)

    @classmethod
    def references(cls, options: PythonOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """All fields before it."""
        names = list(place.types)
        return tuple(names[: names.index(place.field)])

    @classmethod
    def check(cls, options: PythonOptions, place: Place) -> None:  # noqa: ARG003 - as the base has it
        """Read the code without running it. Raises OptionError for a syntax error, or no such function."""
        try:
            function = _value_function(ast.parse(options.code))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
            message = error.msg if isinstance(error, SyntaxError) else str(error) or "it is nested too deep"
            raise OptionError(f"the code is no Python: {line}{message}", hint=_FORM, option="code") from None
        if function is None or len(function.args.args) != _PARAMETERS:
            raise OptionError("the code has no function value(rng, row, dm)", hint=_FORM, option="code")

    def column_type(self) -> ColumnType:
        """What the annotation says; else text."""
        return self._returns

    def make(self, context: BlockContext) -> Column:
        """A call a row, with random numbers of its own, whatever the calls before took."""
        seeds = context.words().tolist()
        columns = [to_python(context.column(name), context.rows) for name in self._before]
        rows = zip(*columns, strict=True) if columns else [()] * context.rows
        dm = self.place.surroundings.dm()
        return ObjectColumn(
            [
                self._call(random.Random(seed), dict(zip(self._before, row, strict=True)), dm)  # noqa: S311 - test data
                for seed, row in zip(seeds, rows, strict=True)
            ]
        )

    def _defined(self) -> Callable[[random.Random, Mapping[str, Any], Any], Any]:
        scope: dict[str, Any] = {"__builtins__": builtins, "__name__": self._file}
        try:
            exec(compile(self.options.code, self._file, "exec", dont_inherit=True), scope)  # noqa: S102 - see the guard
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the code raises is its author's to mend
            raise OptionError(self._failure(error), option="code") from None
        return scope["value"]

    def _call(self, rng: random.Random, row: dict[str, Any], dm: Any) -> object:
        try:
            value: Any = self._function(rng, row, dm)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the code raises is its author's to mend
            raise GenerationError(f"{self._failure(error)}.", field=self.place.field) from None
        if not isinstance(value, _PLAIN):
            raise GenerationError(
                f"the code returned a value of type {type(value).__name__}, which no column holds.",
                hint="Return text, a number, a boolean, a date, a list, a dictionary or None.",
                field=self.place.field,
            )
        wrong = flaw(cast("object", value)) if isinstance(value, list | dict) else None
        if wrong is not None:
            raise GenerationError(f"the code returned a value in which {wrong[1]}.", field=self.place.field)
        return cast("object", value)

    def _failure(self, error: BaseException) -> str:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self._file]
        where = f" in line {lines[-1]}" if lines else ""
        # What the code raises may hold values of the row.
        said = "" if self._hides else f": {_text_of(error)}"
        return f"the code failed{where}: {type(error).__name__}{said}"


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except Exception:  # noqa: BLE001 - an exception of the author's own may fail at anything
        return "it has no text"


def _value_function(module: ast.Module) -> ast.FunctionDef | None:
    found = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "value"]
    return found[-1] if found else None


def _annotation(code: str) -> str:
    function = _value_function(ast.parse(code))
    match function.returns if function else None:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
