"""A compiled template: its fields' work that no block changes is done once, and blocks are made on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dm_mcp.errors import InvalidRequest, OverrideError, TemplateError
from dm_mcp.generation.columns import BLOCK, Block, Column
from dm_mcp.generation.overrides import Replacement, replacements
from dm_mcp.generation.registry import BlockContext, FieldType, OptionError
from dm_mcp.generation.schema import MAX_SEED, ColumnSpec
from dm_mcp.generation.streams import NULL_LANE, Stream, unit_floats
from dm_mcp.generation.template import Template, resolve

__all__ = ["CompiledTemplate", "compile_template"]


def compile_template(template: Template) -> CompiledTemplate:
    """The template ready to make rows.

    Raises TemplateError if it was not checked before and is wrong, or if a provider of Faker refuses its arguments.
    """
    return CompiledTemplate(template)


class CompiledTemplate:
    """A template whose fields are compiled; made by `compile_template`, to be kept and used often."""

    def __init__(self, template: Template) -> None:
        self.template = template
        fields: dict[str, FieldType[Any]] = {}
        for each in resolve(template):
            try:
                fields[each.field.name] = each.type(each.options, each.place)
            except OptionError as error:
                message = f"{error.message.rstrip('.')}."
                raise TemplateError(message, hint=error.hint, field=each.field.name) from error
        self._fields = fields
        self._null_share = {field.name: field.optional for field in template.fields if field.optional > 0}
        self.names = tuple(fields)
        """The fields' names, in order."""
        self.schema = tuple(
            ColumnSpec(field.name, fields[field.name].column_type(), field.sensitive) for field in template.fields
        )
        """The columns, in order: what the fields hold when nothing overrides them."""
        # A row that nobody sees: what fields keep from their first block on, as slugs of names, is then there.
        next(self.blocks(1, 0))

    def blocks(self, count: int, seed: int, overrides: Mapping[str, Any] | None = None) -> Iterator[Block]:
        """``count`` rows in blocks of `BLOCK` rows, each made when it is asked for; the last may be shorter.

        The same seed gives the same rows whatever the count. An override (`PickFrom`, `CallableOverride` or a constant)
        takes the place of a field and changes no other, but for those that are made of it.

        Raises InvalidRequest for a negative count or a seed outside 0 to 2**53 - 1, OverrideError for an override that
        names no field; what a script's own function raises comes as it is.
        """
        if count < 0:
            raise InvalidRequest(f"count {count} is negative.", hint="Ask for 0 rows or more.")
        if not 0 <= seed <= MAX_SEED:
            raise InvalidRequest(
                f"seed {seed} is out of range.", hint=f"A seed is a whole number from 0 to {MAX_SEED}."
            )
        ready = replacements(overrides, self.names)
        streams = {name: Stream(seed, self.template.id, name) for name in self.names}
        return self._made(count, streams, ready)

    def _made(self, count: int, streams: Mapping[str, Stream], ready: Mapping[str, Replacement]) -> Iterator[Block]:
        for start in range(0, count, BLOCK):
            rows = min(BLOCK, count - start)
            maker = _BlockMaker(self._fields, self._null_share, streams, ready, start // BLOCK, rows)
            yield Block(self.names, tuple(map(maker.column, self.names)), rows)


class _BlockMaker:
    """One block in the making: each column once, when it is first asked for."""

    def __init__(
        self,
        fields: Mapping[str, FieldType[Any]],
        null_share: Mapping[str, float],
        streams: Mapping[str, Stream],
        ready: Mapping[str, Replacement],
        block: int,
        rows: int,
    ) -> None:
        self._fields = fields
        self._null_share = null_share
        self._streams = streams
        self._ready = ready
        self._block = block
        self._rows = rows
        self._columns: dict[str, Column] = {}
        self._in_making: list[str] = []

    def column(self, name: str) -> Column:
        """The column of that field. Raises OverrideError where an override needs what is made of it."""
        if name not in self._columns:
            if name in self._in_making:
                raise self._circle(self._in_making[self._in_making.index(name) :])
            self._in_making.append(name)
            self._columns[name] = self._make(name)
            self._in_making.pop()
        return self._columns[name]

    def _circle(self, names: list[str]) -> OverrideError:
        # A template has no circles: a function has closed this one, for it is given all fields before its own.
        at = next(i for i, name in enumerate(names) if name in self._ready)
        function, given = names[at], names[(at + 1) % len(names)]
        return OverrideError(
            f"the function is given {given!r}, which is made from what it returns.",
            hint=f"Move the field {given!r} behind {function!r} in the template.",
            field=function,
        )

    def _make(self, name: str) -> Column:
        context = BlockContext(self._block, self._rows, self._streams[name], self.column)
        if name in self._ready:
            return self._ready[name].make(context)
        column = self._fields[name].make(context)
        share = self._null_share.get(name)
        if share is None:
            return column
        return replace(column, null=unit_floats(context.words(lane=NULL_LANE)) < share)
