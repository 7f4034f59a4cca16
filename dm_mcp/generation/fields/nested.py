"""Field types that hold rows themselves: nested, template."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dm_mcp.errors import GenerationError, TemplateError
from dm_mcp.generation.arrange import taken
from dm_mcp.generation.columns import BLOCK, Column, NestedColumn, ObjectColumn
from dm_mcp.generation.compiled import CompiledTemplate
from dm_mcp.generation.registry import BlockContext, FieldType, O, OptionError, Options, Place, closest, field_type
from dm_mcp.generation.request import Request
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import integers
from dm_mcp.generation.template import Field as TemplateField
from dm_mcp.generation.template import Template, needed_templates, resolve

__all__ = ["Count", "Nested", "NestedOptions", "NestedTemplate", "NestedTemplateOptions", "Objects"]

_DEEPEST = 8
_MOST = 1000
_MOST_IN_BLOCK = 2_000_000

Size = Annotated[int, Field(ge=0, le=_MOST)]


class Count(BaseModel):
    """From ``min`` to ``max`` objects, each number as likely."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Size
    max: Size

    @model_validator(mode="before")
    @classmethod
    def _fixed(cls, written: Any) -> Any:
        return {"min": written, "max": written} if isinstance(written, int) else written

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"count: min {self.min} is greater than max {self.max}")
        return self


class Objects(FieldType[O]):
    """Objects of a template of their own, one a row or a list of them."""

    def __init__(self, options: O, place: Place) -> None:
        super().__init__(options, place)
        self._inside = self.inside()
        self._count = self.count()

    @property
    def is_list(self) -> bool:
        """Whether a value is a list of objects, and not one."""
        return self._count is not None

    @abstractmethod
    def inside(self) -> CompiledTemplate | None:
        """What the objects are made by; None where they nest no deeper."""

    @abstractmethod
    def count(self) -> Count | None:
        """How many objects; None for one that stands alone."""

    def foreign_key(self) -> Mapping[str, str]:
        """By field of the objects: the field of the row whose value it takes."""
        return {}

    def column_type(self) -> ColumnType:
        """JSON."""
        return ColumnType.JSON

    def objects(self) -> int:
        """As many as the count says at the most, times one and those inside."""
        if self._inside is None:
            return 0
        return (self._count.max if self._count else 1) * (1 + self._inside.objects_a_row)

    def width(self) -> int:
        """One more than that of the objects' template."""
        return 1 + (self._inside.width if self._inside else 0)

    def columns(self) -> Mapping[str, ColumnType]:
        """The types of the objects' fields."""
        return {spec.name: spec.type for spec in self._inside.schema} if self._inside else {}

    def is_sensitive(self) -> bool:
        """Whether a field of the objects is."""
        return self._inside is not None and any(spec.sensitive for spec in self._inside.schema)

    def templates(self) -> tuple[str, ...]:
        """Those that the objects refer to."""
        return self._inside.refers_to if self._inside else ()

    def check_count(self, count: int, request: Request) -> None:
        """Whether the unique fields inside have values for all objects of so many rows. Raises GenerationError."""
        if self._inside is None:
            return
        most = min(count, BLOCK) * self.objects()
        if most > _MOST_IN_BLOCK:
            raise GenerationError(
                f"a block of rows would hold {most:,} objects; {_MOST_IN_BLOCK:,} are possible.",
                hint=f"Lower the count, or ask for fewer than {BLOCK:,} rows at once.",
                field=self.place.field,
            )
        try:
            self._inside.check_count(count * (self._count.max if self._count else 1), request)
        except GenerationError as error:
            field = f"{self.place.field}.{error.where.get('field')}"
            raise GenerationError(error.message, hint=error.hint, field=field) from None

    def make(self, context: BlockContext) -> Column:
        """One word a row for the count; the objects' own fields have streams of their own."""
        rows, count = context.rows, self._count
        if self._inside is None:
            return ObjectColumn([None if count is None else [] for _ in range(rows)])
        counts = np.ones(rows, np.int64)
        if count is not None:
            counts = integers(context.words(), count.min, count.max)
        owners = np.repeat(np.arange(rows), counts)
        request = context.request.nested(f"{context.request.template}.{self.place.field}")
        keys = {field: taken(context.column(own), owners) for field, own in self.foreign_key().items()}
        first = int(context.row_numbers[0]) * (count.max if count else 1) if rows else 0
        objects = self._inside.objects(context.block, first, len(owners), request, keys)
        return NestedColumn(objects, None if count is None else np.cumsum(counts))


class NestedOptions(Options):
    """``fields`` are those of a template; ``count`` makes a list: a number, or ``{"min": 1, "max": 5}``."""

    fields: list[TemplateField] = Field(min_length=1)
    count: Count | None = None


@field_type("nested", "object")
class Nested(Objects[NestedOptions]):
    """An object, or with a ``count`` a list of objects, of fields written here.

    It is written as e.g. ``{"fields": [{"name": "sku", "type": "uuid"}], "count": {"min": 1, "max": 3}}``.
    """

    @classmethod
    def needs(cls, options: NestedOptions) -> tuple[str, ...]:
        """Those of the fields inside."""
        inside = Template(id="inside", name="inside", fields=options.fields)
        return tuple(name for _, name in needed_templates(inside))

    @classmethod
    def check(cls, options: NestedOptions, place: Place) -> None:
        """The fields are checked as a template's are. Raises OptionError."""
        if len(place.chain) >= _DEEPEST:
            raise OptionError(f"objects are nested more than {_DEEPEST} deep", hint="Nest them less.")
        try:
            resolve(_template(options, place), place.chain)
        except TemplateError as error:
            names = [field.name for field in options.fields]
            inner = str(error.where.get("field", ""))
            at = names.index(inner.partition(".")[0]) if inner.partition(".")[0] in names else 0
            raise OptionError(error.message, hint=error.hint, option=("fields", at)) from None

    def inside(self) -> CompiledTemplate:
        """The fields, compiled."""
        return CompiledTemplate(_template(self.options, self.place), self.place.surroundings, self.place.chain)

    def count(self) -> Count | None:
        """As the option says."""
        return self.options.count


def _template(options: NestedOptions, place: Place) -> Template:
    name = f"{place.chain[-1] if place.chain else ''}.{place.field}"
    return Template(id=name, name=name, locale=place.locale, fields=options.fields)


class NestedTemplateOptions(Options):
    """``template_id`` names the template of the objects; ``count`` makes a list: a number, or ``{"min", "max"}``.

    A template that nests itself stops at ``max_depth``, with null or an empty list. ``foreign_key`` gives fields of the
    objects the value of fields of the row: ``{"order_id": "id"}``.
    """

    template_id: str
    count: Count | None = None
    max_depth: int = Field(default=3, ge=1, le=_DEEPEST)
    foreign_key: dict[str, str] = Field(default_factory=dict[str, str])


@field_type("template")
class NestedTemplate(Objects[NestedTemplateOptions]):
    """An object of another template, or with a ``count`` a list of them.

    It is written as e.g. ``{"template_id": "tmpl_order", "count": 3, "foreign_key": {"customer_id": "id"}}``.
    """

    localised: ClassVar[bool] = False

    @classmethod
    def references(cls, options: NestedTemplateOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base
        """The fields whose values the objects take."""
        return tuple(dict.fromkeys(options.foreign_key.values()))

    @classmethod
    def needs(cls, options: NestedTemplateOptions) -> tuple[str, ...]:
        """The one of the objects."""
        return (options.template_id,)

    def inside(self) -> CompiledTemplate | None:
        """The template, compiled; None at the greatest depth. Raises OptionError for an unknown key."""
        template_id, chain = self.options.template_id, self.place.chain
        if chain.count(template_id) >= self.options.max_depth or len(chain) >= _DEEPEST:
            return None
        compiled = self.place.surroundings.compiled_inside(template_id, chain)
        for field in self.options.foreign_key:
            if field not in compiled.names:
                raise OptionError(
                    f"{template_id} has no field {field!r}", hint=closest(field, compiled.names), option="foreign_key"
                )
        return compiled

    def count(self) -> Count | None:
        """As the option says."""
        return self.options.count

    def foreign_key(self) -> Mapping[str, str]:
        """As the option says."""
        return self.options.foreign_key
