"""The field type that reaches any provider of Faker: faker."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from faker.exceptions import BaseFakerException
from pydantic import Field

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import Column, ObjectColumn
from dm_mcp.generation.registry import BlockContext, FieldType, OptionError, Options, Place, closest, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.vocabulary import faker_generator

__all__ = ["FakerField", "FakerOptions"]

_REFUSED = (
    ArithmeticError,
    AttributeError,
    BaseFakerException,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
"""What Faker's providers raise for arguments that they can't work with."""

_SIZES = re.compile(r"^nb|_nb_|count|length|size|num_|chars|digits|depth|levels|deep|indent")
"""What Faker calls its arguments that say how many or how long."""

_MOST = 10_000
"""Of what such an argument asks for, and of characters."""

_TYPES: tuple[tuple[type, ColumnType], ...] = (
    (str, ColumnType.TEXT),
    (bool, ColumnType.BOOLEAN),
    (int, ColumnType.INTEGER),
    (float, ColumnType.FLOAT),
    (Decimal, ColumnType.DECIMAL),
    (datetime, ColumnType.TIMESTAMP),
    (date, ColumnType.DATE),
)


class FakerOptions(Options):
    """``provider``: a method of Faker; ``args``: its arguments by name."""

    provider: str
    args: dict[str, Any] = Field(default_factory=dict[str, Any])


@cache
def _providers(locale: str) -> dict[str, Callable[..., Any]]:
    """The methods of the locale's providers by name, and none of the generator's own."""
    methods: dict[str, Callable[..., Any]] = {}
    providers: list[object] = faker_generator(locale).get_providers()
    for provider in providers:
        for name, _ in inspect.getmembers(type(provider), callable):
            if not name.startswith("_"):
                methods.setdefault(name, getattr(provider, name))
    return methods


_ONE_AT_A_TIME = threading.Lock()
"""A locale's generator, and so its seed, is shared by the threads of a script."""


@field_type("faker")
class FakerField(FieldType[FakerOptions]):
    """Any provider of Faker, e.g. ``{"provider": "bothify", "args": {"text": "??-##"}}`` gives "kX-27".

    Slow: one call of Python a row. Providers that count from today ("date_this_year") give other values tomorrow.
    """

    def __init__(self, options: FakerOptions, place: Place) -> None:
        """Calls the provider once, to see what it gives. Raises OptionError for what no column holds."""
        super().__init__(options, place)
        self._generator = faker_generator(place.locale)
        self._method = _providers(place.locale)[options.provider]
        try:
            [sample] = self._calls(0, 1)
        except GenerationError as error:
            raise OptionError(error.message, hint=error.hint, option="args") from error
        if isinstance(sample, bytes):
            raise OptionError(
                f"Faker's provider {options.provider!r} gives bytes, which no column holds",
                hint="Choose one that gives text, a number or a time.",
                option="provider",
            )
        self._type = next((column for kind, column in _TYPES if isinstance(sample, kind)), ColumnType.JSON)

    @classmethod
    def check(cls, options: FakerOptions, place: Place) -> None:
        """Compare with the provider's signature, without a call: arguments may make one as long as they like.

        Raises OptionError if there is no provider of that name, or it takes no such arguments.
        """
        methods = _providers(place.locale)
        if options.provider not in methods:
            raise OptionError(
                f"Faker has no provider {options.provider!r} for locale {place.locale!r}",
                hint=closest(options.provider, methods) or "The names are in Faker's documentation.",
                option="provider",
            )
        _check_sizes(options)
        signature = inspect.signature(methods[options.provider])
        try:
            signature.bind(**options.args)
        except TypeError as error:
            raise OptionError(
                f"Faker's provider {options.provider!r} refuses args {options.args}: {error}",
                hint=f"Its signature is {options.provider}{signature}.",
                option="args",
            ) from error

    def column_type(self) -> ColumnType:
        """What a sample was."""
        return self._type

    def make(self, context: BlockContext) -> Column:
        """A call a row, in the order of rows, after one seed a block: fewer rows are the first of more.

        Raises GenerationError when the provider can't give a value.
        """
        return ObjectColumn(self._calls(int(context.stream.words(context.block, 1)[0]), context.rows))

    def _calls(self, seed: int, count: int) -> list[object]:
        with _ONE_AT_A_TIME:
            self._generator.seed_instance(seed)
            return [self._call() for _ in range(count)]

    def _call(self) -> object:
        try:
            return _plain(self._method(**self.options.args))
        except _REFUSED as error:
            raise GenerationError(
                f"Faker's provider {self.options.provider!r} refuses args {self.options.args}: {error}.",
                hint=f"Its signature is {self.options.provider}{inspect.signature(self._method)}.",
                field=self.place.field,
            ) from error


def _check_sizes(options: FakerOptions) -> None:
    """Raises OptionError for arguments that make one value as large as memory: a call would take minutes."""
    for name, value in options.args.items():
        size = len(value) if isinstance(value, str) else value if _SIZES.search(name) else 0
        if isinstance(size, int | float) and not -_MOST <= size <= _MOST:
            raise OptionError(
                f"Faker's provider {options.provider!r}: argument {name!r} is larger than {_MOST:,}",
                hint="A value as large as that is no field of a row.",
                option=("args", name),
            )


def _plain(value: Any) -> Any:
    """A value of a kind that every format knows; times without a zone are in UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    if value is None or isinstance(value, (str, int, float, Decimal, date, dict, list, bytes)):
        return cast("object", value)
    if isinstance(value, tuple):
        return list(cast("tuple[object, ...]", value))
    if isinstance(value, (set, frozenset)):
        # A set's own order differs from process to process.
        return sorted(cast("frozenset[object]", value), key=repr)
    return str(value)
