"""A compiled template: its fields' work that no block changes is done once, and blocks are made on request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from dm_mcp.errors import DmError, InvalidRequest, OverrideError, TemplateError
from dm_mcp.generation.arrange import concatenated, with_nulls
from dm_mcp.generation.columns import BLOCK, Block, Column
from dm_mcp.generation.locales import fallback_sentences
from dm_mcp.generation.mixture import Mixture
from dm_mcp.generation.noise import Spoiler
from dm_mcp.generation.overrides import Replacement, given, replacements
from dm_mcp.generation.registry import BlockContext, FieldType, OptionError
from dm_mcp.generation.request import LOOK_BACK, Request, Table
from dm_mcp.generation.schema import MAX_SEED, ColumnSpec, ColumnType
from dm_mcp.generation.streams import NULL_LANE, unit_floats
from dm_mcp.generation.surroundings import NOWHERE, Surroundings
from dm_mcp.generation.template import Field, ResolvedField, Template, resolve
from dm_mcp.generation.uniqueness import Unique
from dm_mcp.generation.vocabulary import noted_fallbacks

__all__ = ["CompiledTemplate", "compile_template"]


def compile_template(template: Template, surroundings: Surroundings = NOWHERE) -> CompiledTemplate:
    """The template ready to make rows.

    Raises TemplateError if it was not checked before and is wrong, if a provider of Faker refuses its arguments, or if
    something is not there that it refers to: another template, a field of it, a file.
    """
    return CompiledTemplate(template, surroundings)


_MOST_FIELDS = 5000
_SAMPLED = 1000
"""Objects in a row that is made on trial."""


class _Maker(Protocol):
    def make(self, context: BlockContext) -> Column: ...


class _Compiled(NamedTuple):
    """A field, and what makes its values: itself, or itself with something round it."""

    field: Field
    type: FieldType[Any]
    maker: _Maker


class CompiledTemplate:
    """A template whose fields are compiled; made by `compile_template`, to be kept and used often."""

    def __init__(self, template: Template, surroundings: Surroundings = NOWHERE, outside: tuple[str, ...] = ()) -> None:
        """``outside`` are the ids of the templates that this one is nested in."""
        self.template = template
        resolved = {each.field.name: each for each in resolve(template, outside)}
        order = _in_order_of_making({name: each.references for name, each in resolved.items()})
        types: dict[str, FieldType[Any]] = {}
        with noted_fallbacks() as noted:
            compiled = {name: _compile(resolved[name], template.id, surroundings, types) for name in order}
        stand_ins = [sentence for mix in template.mixes for sentence in mix.stand_ins()]
        self.notices = tuple(dict.fromkeys(stand_ins + fallback_sentences(noted)))
        """What a user should know before they trust the rows: words that come from another locale than asked for."""
        self._fields = compiled
        self.names = tuple(resolved)
        """The fields' names, in order."""
        self.schema = tuple(_spec(compiled[name]) for name in resolved)
        """The columns, in order: what the fields hold when nothing overrides them."""
        noisy = ((name, each.field.noise) for name, each in resolved.items())
        self._spoilers = {name: Spoiler(noise) for name, noise in noisy if noise}
        self.refers_to = tuple(dict.fromkeys(each for field in types.values() for each in field.templates()))
        """The ids of the templates whose rows these refer to."""
        leads = ((compiled[name].type.leads_to(), name) for name in resolved)
        self.leads = {parent: name for parent, name in reversed(list(leads)) if parent is not None}
        """By template: the first field that picks one of its rows."""
        self._own = {name for each in types.values() for name in each.own_fields()}
        _check_noise(self._fields, self._own)
        self.objects_a_row = sum(field.objects() for field in types.values())
        """How many objects lie in a row at the most."""
        self.width = sum(field.width() for field in types.values())
        """How many fields it makes, with those of the objects inside."""
        if self.width > _MOST_FIELDS:
            raise TemplateError(
                f"{template.id} makes {self.width:,} fields with those of all that is nested in it;"
                f" {_MOST_FIELDS:,} are possible.",
                hint="Nest less, or lower max_depth.",
            )
        if (
            self.objects_a_row <= _SAMPLED
            and not self.refers_to
            and not any(field.has_effects for field in types.values())
        ):
            # A row that nobody sees: what fields keep from their first block on, as slugs of names, is then there.
            # That this row can't be made says nothing of others.
            with suppress(DmError):
                next(self.blocks(1, 0))

    @property
    def fields(self) -> Mapping[str, FieldType[Any]]:
        """The compiled fields by name."""
        return {name: self._fields[name].type for name in self.names}

    def blocks(
        self, count: int, seed: int, overrides: Mapping[str, Any] | None = None, request: Request | None = None
    ) -> Iterator[Block]:
        """``count`` rows in blocks of `BLOCK` rows, each made when it is asked for; the last may be shorter.

        The same seed gives the same rows whatever the count. An override (`PickFrom`, `CallableOverride` or a constant)
        takes the place of a field and changes no other, but for those that are made of it. ``request`` is given where
        the rows belong to those of other templates.

        Raises InvalidRequest for a negative count or a seed outside 0 to 2**53 - 1, OverrideError for an override that
        names no field, GenerationError for a unique field that has fewer values; what a script's own function raises
        comes as it is.
        """
        if count < 0:
            raise InvalidRequest(f"count {count} is negative.", hint="Ask for 0 rows or more.")
        if not 0 <= seed <= MAX_SEED:
            raise InvalidRequest(
                f"seed {seed} is out of range.", hint=f"A seed is a whole number from 0 to {MAX_SEED}."
            )
        ready = replacements(overrides, self.names)
        request = request or Request(seed, self.template.id)
        self.check_count(count, request, ready)
        return self._made(count, ready, request)

    def check_count(self, count: int, request: Request, ready: Mapping[str, Replacement] | None = None) -> None:
        """Whether the unique fields that nothing replaces have values for so many rows. Raises GenerationError."""
        for name, each in self._fields.items():
            if name in (ready or {}):
                continue
            each.type.check_count(count, request)
            if isinstance(each.maker, Unique):
                each.maker.check_count(count)

    def table(self, count: int, seed: int) -> Table:
        """The rows for others to refer to: only the columns that they ask for are made."""

        def column(name: str) -> Column:
            request = Request(seed, self.template.id)
            made = [
                (maker.finished_column(name, self._spoilers), maker.rows) for maker in self._makers(count, {}, request)
            ]
            return concatenated([each for each, _ in made], [rows for _, rows in made])

        return Table(count, column)

    def objects(self, block: int, first: int, rows: int, request: Request, columns: Mapping[str, Column]) -> Block:
        """The rows nested in those of a block, in one block of their own; ``columns`` stand in place of fields."""
        ready = {name: given(column) for name, column in columns.items()}
        maker = _BlockMaker(self._fields, ready, request, block, rows, first)
        return Block(self.names, maker.finished(self.names, self._spoilers), rows)

    def _makers(self, count: int, ready: Mapping[str, Replacement], request: Request) -> Iterator[_BlockMaker]:
        for start in range(0, count, BLOCK):
            maker = _BlockMaker(self._fields, ready, request, start // BLOCK, min(BLOCK, count - start))
            yield maker
            for name in self._own:
                before = request.before.setdefault(name, [])
                before.append(maker.column(name))
                del before[:-LOOK_BACK]

    def _made(self, count: int, ready: Mapping[str, Replacement], request: Request) -> Iterator[Block]:
        for maker in self._makers(count, ready, request):
            yield Block(self.names, maker.finished(self.names, self._spoilers), maker.rows)


def _in_order_of_making(references: Mapping[str, Sequence[str]]) -> list[str]:
    """The fields in their order, each behind those that it reads: made like that, none waits for many others."""
    order: dict[str, None] = {}
    for name in references:
        waiting = [name]
        while waiting:
            before = next((each for each in references[waiting[-1]] if each not in order), None)
            if before is not None:
                waiting.append(before)
            else:
                order[waiting.pop()] = None
    return list(order)


def _compile(
    resolved: ResolvedField, template_id: str, surroundings: Surroundings, types: dict[str, FieldType[Any]]
) -> _Compiled:
    """Compile a field behind those that it reads. Raises TemplateError that names it."""
    field = resolved.field
    places = [
        replace(place, surroundings=surroundings, fields={name: types[name] for name in resolved.references})
        for place in resolved.places
    ]
    try:
        first = resolved.type(resolved.options, places[0])
        is_text = first.column_type() is ColumnType.TEXT
        others = [resolved.type(resolved.options, place) for place in places[1:]] if is_text else []
        maker = _wrapped(field, [first, *others], resolved.weights, f"{template_id}.{field.name}")
    except OptionError as error:
        raise TemplateError(f"{error.message.rstrip('.')}.", hint=error.hint, field=field.name) from error
    except TemplateError as error:
        inner = error.where.get("field")
        name = field.name if inner is None or inner == field.name else f"{field.name}.{inner}"
        raise TemplateError(error.message, hint=error.hint, field=name) from error
    except DmError as error:
        raise TemplateError(error.message, hint=error.hint, field=field.name) from error
    types[field.name] = first
    return _Compiled(field, first, maker)


def _wrapped(field: Field, types: Sequence[FieldType[Any]], weights: Sequence[float], place: str) -> _Maker:
    first = types[0]
    if field.noise and first.column_type() is not ColumnType.TEXT:
        raise OptionError(
            f"noise is for text, and the field holds values of type {first.column_type()}",
            hint="Leave noise out, or turn the values into text by a derived field.",
        )
    if field.unique and not first.always_unique:
        distinct = first.distinct()
        if distinct is None:
            raise OptionError(
                f"with these options, values of type {first.name!r} can't be made unique",
                hint="Change the options, or leave out unique.",
            )
        if len(types) > 1:
            raise OptionError("unique does not go with several locales", hint="Give the field a locale of its own.")
        return Unique(first, distinct, place)
    return Mixture(types, weights) if len(types) > 1 else first


def _check_noise(fields: Mapping[str, _Compiled], referred_to: Collection[str]) -> None:
    """Raises TemplateError for values to be swapped that are no text, and for those that rows of the template name."""
    for name, each in fields.items():
        if each.field.noise and name in referred_to:
            raise TemplateError("rows of the template refer to this field, so it can't have noise.", field=name)
        partner = each.field.noise.swap_with if each.field.noise else None
        if partner is not None and fields[partner].type.column_type() is not ColumnType.TEXT:
            kind = fields[partner].type.column_type()
            raise TemplateError(f"noise swaps text, and {partner!r} holds values of type {kind}.", field=name)


def _spec(compiled: _Compiled) -> ColumnSpec:
    sensitive = compiled.field.sensitive or compiled.type.is_sensitive()
    return ColumnSpec(compiled.field.name, compiled.type.column_type(), sensitive)


class _BlockMaker:
    """One block in the making: each column once, when it is first asked for."""

    def __init__(
        self,
        fields: Mapping[str, _Compiled],
        ready: Mapping[str, Replacement],
        request: Request,
        block: int,
        rows: int,
        first: int | None = None,
    ) -> None:
        self._fields = fields
        self._ready = ready
        self._request = request
        self._block = block
        self.rows = rows
        self._first = first
        self._columns: dict[str, Column] = {}
        self._in_making: list[str] = []

    def column(self, name: str) -> Column:
        """The column of that field, without its noise. Raises OverrideError where an override needs what it makes."""
        if name not in self._columns:
            if name in self._in_making:
                raise self._circle(self._in_making[self._in_making.index(name) :])
            self._in_making.append(name)
            self._columns[name] = self._make(name)
            self._in_making.pop()
        return self._columns[name]

    def finished(self, names: Sequence[str], spoilers: Mapping[str, Spoiler]) -> tuple[Column, ...]:
        """All columns, spoilt as asked for; other fields are made of what was there before."""
        for name in self._fields:
            self.column(name)
        columns = {name: self.column(name) for name in names}
        for name, spoiler in spoilers.items():
            if name in self._ready:
                continue
            partner = spoiler.noise.swap_with
            other = None if partner is None or partner in self._ready else columns[partner]
            stream = self._request.stream(name)
            made = spoiler.spoil(columns[name], other, self.rows, stream, self._block)
            columns.update(zip([name] if other is None else [name, str(partner)], made, strict=True))
        return tuple(columns.values())

    def finished_column(self, name: str, spoilers: Mapping[str, Spoiler]) -> Column:
        """One of the columns of `finished`, and no other made that it does not hang on."""
        touched = {each for spoilt, spoiler in spoilers.items() for each in (spoilt, spoiler.noise.swap_with)}
        if name not in touched:
            return self.column(name)
        names = [each for each in self._fields if each in touched]
        return self.finished(names, spoilers)[names.index(name)]

    def _circle(self, names: list[str]) -> OverrideError:
        # A template has no circles: a function has closed this one, for it is given all fields before its own.
        at = next(i for i, name in enumerate(names) if name in self._ready)
        function, given_to_it = names[at], names[(at + 1) % len(names)]
        return OverrideError(
            f"the function is given {given_to_it!r}, which is made from what it returns.",
            hint=f"Move the field {given_to_it!r} behind {function!r} in the template.",
            field=function,
        )

    def _make(self, name: str) -> Column:
        stream = self._request.stream(name)
        context = BlockContext(self._block, self.rows, stream, self.column, self._first, self._request)
        if name in self._ready:
            return self._ready[name].make(context)
        compiled = self._fields[name]
        column = compiled.maker.make(context)
        if not compiled.field.optional:
            return column
        return with_nulls(column, unit_floats(context.words(lane=NULL_LANE)) < compiled.field.optional)
