"""Field types whose values a target gave: db_response, api_response."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from dm_mcp.generation.columns import Choices, Column, PickedColumn
from dm_mcp.generation.registry import BlockContext, FieldType, O, OptionError, Options, Place, closest, field_type
from dm_mcp.generation.render.column_type import value_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import below

__all__ = ["ApiResponse", "ApiResponseOptions", "DbResponse", "DbResponseOptions"]


class _Response(FieldType[O]):
    """One of the values that a connection gave, each as likely; read once, when the run first uses the template."""

    localised: ClassVar[bool] = False
    has_effects: ClassVar[bool] = True

    def __init__(self, options: O, place: Place) -> None:
        """Raises OptionError outside of a run and for an answer without values, and what the connection raises."""
        super().__init__(options, place)
        dm = place.surroundings.dm()
        if dm is None:
            raise OptionError(
                f"values of type {self.name!r} come from a connection, which only a run of a scenario has",
                hint="Generate the template from a scenario that has the connection in its header.",
            )
        self._choices = Choices(self.read(dm))
        if not len(self._choices):
            raise OptionError("the connection gave no rows to take values from")

    @abstractmethod
    def read(self, dm: Any) -> list[Any]:
        """The values."""

    def column_type(self) -> ColumnType:
        """What the values are."""
        return value_type(self._choices.values) or ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return PickedColumn(self._choices, below(context.words(), len(self._choices)).view("i8"))


def _values(rows: Sequence[Mapping[str, Any]], column: str | None, option: str) -> list[Any]:
    if not rows:
        return []
    name = next(iter(rows[0])) if column is None else column
    if name not in rows[0]:
        raise OptionError(f"the answer has no {option} {name!r}", hint=closest(name, list(rows[0])), option=option)
    return [row.get(name) for row in rows]


class DbResponseOptions(Options):
    """``query`` is SQL that the ``connection`` runs; ``column`` is the one to take, the first by default."""

    connection: str
    query: str
    column: str | None = None


@field_type("db_response")
class DbResponse(_Response[DbResponseOptions]):
    """A value of a query's answer, e.g. ``{"connection": "conn_postgres", "query": "select id from customers"}``.

    Each row of the answer is as likely. It is read once a run; the connection must be in the scenario's scope.
    """

    def read(self, dm: Any) -> list[Any]:
        """The column of the rows."""
        rows = dm.connection(self.options.connection).execute(self.options.query)
        return _values(rows, self.options.column, "column")


class ApiResponseOptions(Options):
    """``path`` is what the ``connection`` fetches; ``field`` is the one of the objects to take, else the first."""

    connection: str
    path: str
    field: str | None = None


@field_type("api_response")
class ApiResponse(_Response[ApiResponseOptions]):
    """A value of a service's answer, e.g. ``{"connection": "conn_shop", "path": "/products", "field": "sku"}``.

    Each object of the answer is as likely. It is read once a run; the connection must be in the scenario's scope.
    """

    def read(self, dm: Any) -> list[Any]:
        """The field of the objects. Raises OptionError for a connection that can't fetch."""
        connection = dm.connection(self.options.connection)
        if not hasattr(connection, "fetch"):
            raise OptionError(
                f"the connection {self.options.connection!r} is of a kind that has nothing to fetch",
                hint="Use db_response for a database.",
                option="connection",
            )
        return _values(connection.fetch(self.options.path), self.options.field, "field")
