"""Overrides: what takes the place of a field's own values in one request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dm_mcp.errors import OverrideError
from dm_mcp.generation.columns import Choices, Column, ObjectColumn, PickedColumn
from dm_mcp.generation.registry import BlockContext, closest
from dm_mcp.generation.render.values import to_python
from dm_mcp.generation.streams import Chooser, check_weights

__all__ = ["CallableOverride", "PickFrom", "Replacement", "given", "replacements"]


class PickFrom:
    """One of ``values`` a row, drawn from the field's own stream; by ``weights`` (relative, one a value) if given."""

    def __init__(self, values: Iterable[Any], weights: Sequence[float] | None = None) -> None:
        """Reads ``values`` to its end. Raises OverrideError when it is empty or the weights don't fit it."""
        self.choices = Choices(tuple(values))
        """Kept here, so that many requests render each value once."""
        if not self.choices.values:
            raise OverrideError("there is nothing to pick from.", hint="Give pick_from at least one value.")
        weights = [1.0] * len(self.choices) if weights is None else tuple(weights)
        try:
            check_weights(weights, len(self.choices))
        except ValueError as error:
            raise OverrideError(f"pick_from: {error}.", hint="Give one weight a value, zero or more.") from None
        self.chooser = Chooser(weights)


@dataclass(frozen=True, slots=True)
class CallableOverride:
    """What ``fn`` returns for a row, given the fields that stand before this one; called once a row, in order."""

    fn: Callable[[dict[str, Any]], Any]


class Replacement(ABC):
    """An override made ready for one request."""

    @abstractmethod
    def make(self, context: BlockContext) -> Column:
        """The values of a block."""


class _Picked(Replacement):
    def __init__(self, picked: PickFrom) -> None:
        self._picked = picked

    def make(self, context: BlockContext) -> Column:
        return PickedColumn(self._picked.choices, self._picked.chooser.pick(context.words()))


class _Constant(Replacement):
    def __init__(self, value: Any) -> None:
        self._choices = Choices([value])

    def make(self, context: BlockContext) -> Column:
        return PickedColumn(self._choices, np.zeros(context.rows, np.int64))


class _Called(Replacement):
    def __init__(self, fn: Callable[[dict[str, Any]], Any], before: tuple[str, ...]) -> None:
        self._fn = fn
        self._before = before

    def make(self, context: BlockContext) -> Column:
        fn, names = self._fn, self._before
        columns = [to_python(context.column(name), context.rows) for name in names]
        rows = zip(*columns, strict=True) if names else [()] * context.rows
        return ObjectColumn([fn(dict(zip(names, row, strict=True))) for row in rows])


class _Given(Replacement):
    def __init__(self, column: Column) -> None:
        self._column = column

    def make(self, context: BlockContext) -> Column:  # noqa: ARG002 - as the base has it
        return self._column


def given(column: Column) -> Replacement:
    """A column that has been made, of the only block that it is for."""
    return _Given(column)


def replacements(overrides: Mapping[str, Any] | None, fields: Sequence[str]) -> dict[str, Replacement]:
    """The overrides of a request by field: `PickFrom`, `CallableOverride`, and anything else as a constant.

    Raises OverrideError for a name that none of ``fields`` has.
    """
    ready: dict[str, Replacement] = {}
    for name, override in (overrides or {}).items():
        if name not in fields:
            raise OverrideError(
                f"an override names a field {name!r} that is not there.", hint=closest(name, list(fields))
            )
        match override:
            case PickFrom():
                ready[name] = _Picked(override)
            case CallableOverride():
                ready[name] = _Called(override.fn, tuple(fields[: fields.index(name)]))
            case _:
                ready[name] = _Constant(override)
    return ready
