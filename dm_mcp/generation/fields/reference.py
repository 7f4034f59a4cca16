"""Field types that take values from other templates' rows: reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from dm_mcp.errors import GenerationError
from dm_mcp.generation.arrange import concatenated, taken, with_nulls
from dm_mcp.generation.columns import BLOCK, Column, Ints
from dm_mcp.generation.registry import BlockContext, FieldType, OptionError, Options, Place, closest, field_type
from dm_mcp.generation.request import Request, Table
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import UNIQUE_LANE, Chooser, below, unit_floats
from dm_mcp.generation.uniqueness import ROUNDS, permuted

__all__ = ["Reference", "ReferenceOptions"]

_MOST_ROWS = 1_000_000


class ReferenceOptions(Options):
    """``template_id`` and ``field`` name where the value comes from.

    ``pick`` says which row: "uniform" (each as likely), "zipf" (the first rows far more often: row k with weight 1/k),
    or "each_once" (no row twice). ``same_row_as`` names another reference of this template to take the same row as.
    ``rows`` is how many rows of the other template there are, where the request does not say: they are those that the
    same seed gives it.
    """

    template_id: str
    field: str
    pick: Literal["uniform", "zipf", "each_once"] = "uniform"
    same_row_as: str | None = None
    rows: int = Field(default=100, ge=1, le=_MOST_ROWS)


@field_type("reference")
class Reference(FieldType[ReferenceOptions]):
    """A value of another template's rows, e.g. ``{"template_id": "tmpl_customer", "field": "id"}``.

    Rows that are made together, by ``dm.generate_set``, refer to each other. A template that refers to itself takes
    one of the half a million rows before; its first row has null.
    """

    localised: ClassVar[bool] = False

    def __init__(self, options: ReferenceOptions, place: Place) -> None:
        """Raises OptionError for a field that is not there, or for templates that refer to each other in a circle."""
        super().__init__(options, place)
        self._own = _refers_to_itself(options, place)
        self._lead: Reference | None = None
        if options.same_row_as is not None:
            lead = place.fields[options.same_row_as]
            if not isinstance(lead, Reference) or lead.options.template_id != options.template_id:
                raise OptionError(
                    f"same_row_as names {options.same_row_as!r}, which is no reference to {options.template_id}",
                    option="same_row_as",
                )
            self._lead = lead
        self._parent: Any = None if self._own else place.surroundings.compiled(options.template_id)
        names = tuple(place.types) if self._own else self._parent.names
        if options.field not in names:
            raise OptionError(
                f"{options.template_id} has no field {options.field!r}",
                hint=closest(options.field, names),
                option="field",
            )
        self.fields: Mapping[str, FieldType[Any]] = place.fields if self._own else self._parent.fields
        """The compiled fields of the other template; of its own, those that it reads."""
        self._target = self.fields[options.field]
        self._zipf: dict[int, Chooser] = {}

    @classmethod
    def references(cls, options: ReferenceOptions, place: Place) -> tuple[str, ...]:
        """The reference whose row it takes, and the field of its own template that it refers to."""
        names = [options.same_row_as] if options.same_row_as is not None else []
        return (*names, options.field) if _refers_to_itself(options, place) else tuple(names)

    @classmethod
    def needs(cls, options: ReferenceOptions) -> tuple[str, ...]:
        """The one it refers to."""
        return (options.template_id,)

    @classmethod
    def check(cls, options: ReferenceOptions, place: Place) -> None:
        """What goes together. Raises OptionError."""
        if _refers_to_itself(options, place):
            if options.pick == "each_once":
                raise OptionError("a template can't refer to each of its own rows once", option="pick")
            if len(place.chain) > 1:
                raise OptionError("objects inside rows can't refer to their own template", option="template_id")
        if options.same_row_as is not None and options.pick != "uniform":
            raise OptionError("same_row_as takes the other's row, so that pick has no say", option="pick")

    def column_type(self) -> ColumnType:
        """That of the field it refers to."""
        return self._target.column_type()

    def templates(self) -> tuple[str, ...]:
        """The one it refers to, but for its own."""
        return () if self._own else (self.options.template_id,)

    def leads_to(self) -> str | None:
        """The template it refers to, unless it takes the row of another reference."""
        return None if self._own or self._lead else self.options.template_id

    def own_fields(self) -> tuple[str, ...]:
        """The field of its own template."""
        return (self.options.field,) if self._own else ()

    def check_count(self, count: int, request: Request) -> None:
        """Whether there are rows enough to refer to each once. Raises GenerationError."""
        if self.options.pick != "each_once" or self.place.field in request.parents:
            return
        rows = self._table(request).rows
        if count > rows:
            raise GenerationError(
                f"{self.options.template_id} has {rows:,} rows to refer to once each, {count:,} asked.",
                hint="Make more rows of it, ask for fewer, or pick another way.",
                field=self.place.field,
            )

    def make(self, context: BlockContext) -> Column:
        """The values of the rows that are referred to."""
        if self._own:
            return self._earlier(context)
        return taken(self._table(context.request).column(self.options.field), self.rows(context))

    def column(self, context: BlockContext, field: str) -> Column:
        """Another field's values of the rows that are referred to."""
        return taken(self._table(context.request).column(field), self.rows(context))

    def rows(self, context: BlockContext) -> Ints:
        """The number of the row that each row refers to, by one word a row of the leading field."""
        settled = context.request.parents.get(self.place.field)
        if settled is not None:
            return settled[context.row_numbers]
        if self._lead is not None:
            return self._lead.rows(context)
        stream = context.request.stream(self.place.field)
        count = self._table(context.request).rows
        if not count:
            raise GenerationError(f"{self.options.template_id} has no rows to refer to.", field=self.place.field)
        if self.options.pick == "each_once":
            return permuted(context.row_numbers, count, stream.words(0, ROUNDS, UNIQUE_LANE))
        words = stream.words(context.block, context.rows)
        if self.options.pick == "zipf":
            if count not in self._zipf:
                self._zipf[count] = Chooser([1 / rank for rank in range(1, count + 1)])
            return self._zipf[count].pick(words)
        return below(words, count).view(np.int64)

    def _table(self, request: Request) -> Table:
        return request.table(self.options.template_id, lambda: self._parent.table(self.options.rows, request.seed))

    def _earlier(self, context: BlockContext) -> Column:
        """One of the rows before; for "zipf" the cube of the draw, which favours the first."""
        field, numbers = self.options.field, context.row_numbers
        lead = context.request.stream(self.options.same_row_as or self.place.field)
        share = unit_floats(lead.words(context.block, context.rows))
        leader = self._lead or self
        if leader.options.pick == "zipf":
            share = share * share * share
        before = context.request.before.get(field, [])
        first = (context.block - len(before)) * BLOCK
        chosen = (share * (numbers - first)).astype(np.int64)
        columns = [*before, context.column(field)]
        whole = concatenated(columns, [*(BLOCK for _ in before), context.rows])
        return with_nulls(taken(whole, chosen), numbers == 0) if not context.block else taken(whole, chosen)


def _refers_to_itself(options: ReferenceOptions, place: Place) -> bool:
    return bool(place.chain) and place.chain[-1] == options.template_id
