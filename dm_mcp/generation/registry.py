"""The one registry of field types, and what a type is handed to make a block of values.

A new type is one decorated class in a module of `dm_mcp.generation.fields`::

    class BooleanOptions(Options):
        true: float = 0.5

    @field_type("boolean")
    class Boolean(FieldType[BooleanOptions]):
        '''True or false.'''

        def column_type(self) -> ColumnType:
            return ColumnType.BOOLEAN

        def make(self, context: BlockContext) -> Column:
            return BooleanColumn(unit_floats(context.words()) < self.options.true)

An instance is a compiled field: what a block doesn't change is worked out in ``__init__``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from difflib import get_close_matches
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict

from dm_mcp.generation.columns import BLOCK, Column, Ints
from dm_mcp.generation.request import ALONE, Request
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Stream, Words
from dm_mcp.generation.surroundings import NOWHERE, Surroundings

__all__ = [
    "BlockContext",
    "Distinct",
    "FieldType",
    "FieldTypeInfo",
    "NoOptions",
    "O",
    "OptionError",
    "Options",
    "Place",
    "canonical",
    "closest",
    "field_type",
    "field_types",
    "find_type",
]


class Options(BaseModel):
    """The options of a field type: a model that admits nothing it doesn't name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NoOptions(Options):
    """For a type that has none."""


class OptionError(ValueError):
    """Raised by a field type that can't work with its options where it stands; becomes a `TemplateError`."""

    def __init__(self, message: str, *, hint: str = "", option: str | tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = (option,) if isinstance(option, str) else option
        """The option that is wrong, and where inside it."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values a field has, and what makes it so many: ``Distinct(100_000, "5 digits")``."""

    count: int
    reason: str


def _no_fields() -> Mapping[str, FieldType[Any]]:
    return {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands: its name, its locale, and the type of every field of its template in order, by name."""

    field: str
    locale: str
    types: Mapping[str, str]
    surroundings: Surroundings = NOWHERE
    """What there is beside the template: other templates, files of the workspace."""
    fields: Mapping[str, FieldType[Any]] = dataclass_field(default_factory=_no_fields)
    """The compiled fields that this one reads (`FieldType.references`); none while a template is only checked."""
    sensitive: bool = False
    """Whether a field of the template is, so that no message may show a value."""
    chain: tuple[str, ...] = ()
    """The id of the template, behind those of the templates that it is nested in."""

    def first_of(self, type_name: str) -> str | None:
        """The first other field of that type."""
        return next((name for name, kind in self.types.items() if kind == type_name and name != self.field), None)


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What one block of one field is made from."""

    block: int
    rows: int
    stream: Stream
    column: Callable[[str], Column]
    """Another field's column of this block, overrides and nulls included; made at most once."""
    first: int | None = None
    """The number of the first row, where it is not ``block * BLOCK``: objects nested in rows have more of them."""
    request: Request = ALONE

    def words(self, per_row: int = 1, lane: int = 0) -> Words:
        """Random words: shape ``(rows,)``, or ``(rows, per_row)`` if more than one; lanes are independent.

        Rows come one after the other, so that fewer rows have the words that they would have among more.
        """
        words = self.stream.words(self.block, self.rows * per_row, lane)
        return words if per_row == 1 else words.reshape(self.rows, per_row)

    @property
    def row_numbers(self) -> Ints:
        """The rows' numbers in the whole request, from 0."""
        start = self.block * BLOCK if self.first is None else self.first
        return np.arange(start, start + self.rows, dtype=np.int64)


O = TypeVar("O", bound=Options)  # noqa: E741 - the conventional letter would say less


class FieldType(ABC, Generic[O]):
    """A kind of field; an instance is such a field, compiled."""

    name: ClassVar[str]
    options_model: ClassVar[type[Options]]
    always_unique: ClassVar[bool] = False
    """No two rows have the same value, whether that was asked for or not."""
    localised: ClassVar[bool] = True
    """Whether the locale can make a difference to the values."""
    has_effects: ClassVar[bool] = False
    """Making a value may do something outside, as a script's own code can: none is made on trial."""

    def __init__(self, options: O, place: Place) -> None:
        self.options = options
        self.place = place

    @classmethod
    def references(cls, options: O, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - for those that read others
        """The names of the fields that this one reads; that they exist and form no circle is checked elsewhere."""
        return ()

    @classmethod
    def needs(cls, options: O) -> tuple[str, ...]:  # noqa: ARG003 - for those that name some
        """The ids of other templates that must be there."""
        return ()

    @classmethod
    def check(cls, options: O, place: Place) -> None:
        """Check what the options' model can't see by itself. Raises OptionError."""

    @abstractmethod
    def column_type(self) -> ColumnType:
        """What the column holds."""

    def distinct(self) -> Distinct | None:
        """How many different values there are, for those types that can number them; None for the others.

        The field is `unique` on request then: `numbered` makes each value once.
        """
        return None

    def numbered(self, numbers: Ints) -> Column:
        """The values of these numbers, each from 0 up to `distinct`'s count: another number is another value.

        Called only where `distinct` gives a count.
        """
        raise NotImplementedError(f"the field type {self.name!r} does not number its values; numbers: {numbers!r}")

    def columns(self) -> Mapping[str, ColumnType]:
        """What the objects inside a value hold, by field, for types that nest some."""
        return {}

    def objects(self) -> int:
        """How many objects lie in a value at the most, for types that nest some; those inside of others included."""
        return 0

    def width(self) -> int:
        """How many fields it makes: itself, and those of the objects in it."""
        return 1

    def is_sensitive(self) -> bool:
        """Whether a field inside the value is."""
        return False

    def templates(self) -> tuple[str, ...]:
        """The ids of other templates whose rows this field refers to."""
        return ()

    def leads_to(self) -> str | None:
        """The id of the template whose rows this field picks from by itself, if it does."""
        return None

    def own_fields(self) -> tuple[str, ...]:
        """Fields of this template whose values in earlier rows this one reads."""
        return ()

    def check_count(self, count: int, request: Request) -> None:
        """Whether so many rows can be made. Raises GenerationError that names the field, if not."""

    @abstractmethod
    def make(self, context: BlockContext) -> Column:
        """The values of a block, ``context.rows`` of them."""


@dataclass(frozen=True)
class FieldTypeInfo:
    """What a person or a program needs to use a field type."""

    name: str
    description: str
    options_model: type[Options]

    @property
    def options(self) -> dict[str, Any]:
        """JSON Schema of the options; made for whoever asks, since those of all types take a while."""
        schema = self.options_model.model_json_schema()
        for key in ("title", "description"):
            schema.pop(key, None)
        return schema


_types: dict[str, type[FieldType[Any]]] = {}
_aliases: dict[str, str] = {}

C = TypeVar("C", bound=type[FieldType[Any]])


def field_type(name: str, *aliases: str) -> Callable[[C], C]:
    """Register a class under ``name``; its options model is the parameter of its base `FieldType`.

    A template may call it by one of ``aliases`` as well.
    """

    def register(cls: C) -> C:
        for each in (name, *aliases):
            if each in _types or each in _aliases:
                raise ValueError(f"there are two field types {each!r}")
        for base in getattr(cls, "__orig_bases__", ()):
            if isinstance(get_origin(base), type) and issubclass(get_origin(base), FieldType):
                cls.options_model = get_args(base)[0]
        cls.name = name
        _types[name] = cls
        _aliases.update(dict.fromkeys(aliases, name))
        return cls

    return register


def canonical(spelling: str) -> str:
    """``first_name`` for "First Name", "first-name" and the like."""
    return "_".join(spelling.replace("-", " ").replace("_", " ").lower().split())


def find_type(spelling: str) -> type[FieldType[Any]]:
    """The type of that name or alias in any spelling. Raises KeyError."""
    types, name = _all_types(), canonical(spelling)
    return types[_aliases.get(name, name)]


def field_types() -> Mapping[str, FieldTypeInfo]:
    """All field types by name, in the order of the alphabet."""
    return {info.name: info for info in _infos()}


def _all_types() -> Mapping[str, type[FieldType[Any]]]:
    """The types that are there once their modules are imported; not before, for they import this one."""
    import_module("dm_mcp.generation.fields")
    return _types


def _infos() -> Iterator[FieldTypeInfo]:
    for name, cls in sorted(_all_types().items()):
        description = "\n".join(line.strip() for line in (cls.__doc__ or "").strip().splitlines())
        yield FieldTypeInfo(name, description, cls.options_model)


def closest(word: str, allowed: Mapping[str, Any] | tuple[str, ...] | list[str]) -> str:
    """A hint for a misspelt word: the names most like it, then what is allowed, as far as that is short."""
    near = get_close_matches(word, list(allowed), n=3, cutoff=0.6)
    meant = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    listed = ", ".join(allowed) if len(allowed) <= 80 else ""
    return f"{meant}Allowed: {listed}." if listed else meant.strip()
