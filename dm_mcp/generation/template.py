"""A template: a named list of typed fields, and the check that says what is wrong with one, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

import pydantic
from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError, field_validator

from dm_mcp.generation.locales import LocaleMix, locale_mix
from dm_mcp.generation.mistakes import SHOWN, Mistake, first_of, key_mistake, kind_of, template_error
from dm_mcp.generation.noise import Noise
from dm_mcp.generation.plain_values import flaw, is_text
from dm_mcp.generation.positions import JsonPath
from dm_mcp.generation.registry import FieldType, OptionError, Options, Place, closest, field_types, find_type

__all__ = ["Field", "ResolvedField", "Template", "has_effects", "needed_templates", "parse_template", "resolve"]


class Field(BaseModel):
    """A field: its column's name, what it holds, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """The name of its column."""
    type: str
    """A field type, as "first_name" or "First Name"."""
    options: dict[str, Any] = pydantic.Field(default_factory=dict[str, Any])
    """Those of the type."""
    optional: float = pydantic.Field(default=0.0, ge=0, le=1)
    """The share of nulls, from 0 to 1."""
    sensitive: StrictBool = False
    """Values are kept out of messages and logs."""
    unique: StrictBool = False
    """No value comes twice; nulls may."""
    locale: str | dict[str, float] | None = None
    """In place of the template's."""
    noise: Noise | None = None
    """Some values are made wrong on purpose; a number is their share."""

    @field_validator("optional", mode="before")
    @classmethod
    def _no_boolean(cls, optional: object) -> object:
        if optional is True or optional is False:
            raise ValueError("optional is a share of nulls, from 0 to 1, and no boolean")
        return optional

    @field_validator("noise", mode="before")
    @classmethod
    def _share(cls, noise: object) -> object:
        return {"share": noise} if isinstance(noise, int | float) and not isinstance(noise, bool) else noise

    @field_validator("locale", mode="before")
    @classmethod
    def _known_locale(cls, locale: object) -> object:
        return _checked_locale(locale)


class Template(BaseModel):
    """A list of fields under a name. Checked by `parse_template`; made by hand, it is checked when it is compiled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    description: str = ""
    locale: str | dict[str, float] = "en_US"
    """One of Faker's locales, as "de_DE" or "de-DE", or several by weight: ``{"de_DE": 7, "fr_FR": 3}``."""
    fields: list[Field]

    @field_validator("locale", mode="before")
    @classmethod
    def _known_locale(cls, locale: object) -> object:
        return _checked_locale(locale)

    @property
    def mixes(self) -> tuple[LocaleMix, ...]:
        """The locales of the template and of its fields that have their own."""
        return tuple(locale_mix(each) for each in (self.locale, *(field.locale for field in self.fields)) if each)


def _checked_locale(locale: Any) -> Any:
    """Raises ValueError for what is no locale and no mix of them."""
    if isinstance(locale, Mapping):
        weighted = cast("Mapping[str, object]", locale)
        if not all(isinstance(weight, int | float) for weight in weighted.values()):
            raise ValueError('a mix of locales has a number for each: {"de_DE": 7, "fr_FR": 3}')
        locale_mix(cast("Mapping[str, float]", weighted))
        return weighted
    if isinstance(locale, str):
        locale_mix(locale)
    elif locale is not None:
        raise ValueError('a locale is text, as "de_DE", or several by weight: {"de_DE": 7, "fr_FR": 3}')
    return locale


@dataclass(frozen=True, slots=True)
class ResolvedField:
    """A field with its type, its checked options, its places, and the names of the fields it reads."""

    field: Field
    type: type[FieldType[Any]]
    options: Options
    places: tuple[Place, ...]
    """One for each locale that makes a difference."""
    weights: tuple[float, ...]
    """Of the places."""
    references: tuple[str, ...]


_MOST_FIELDS = 2000
_LONGEST_NAME = 200
_FIELD_FORM = 'Write a field as {"name": "id", "type": "uuid"}.'


def parse_template(data: object, *, file: str | None = None, text: str | None = None) -> Template:
    """The template that ``data`` (parsed JSON) describes, checked in full.

    ``file`` is where it was read and ``text`` what was read there; the error names them as file and line.
    Raises TemplateError for the first mistake: which field, key, option or type, and what is allowed.
    """
    try:
        template = _validated(data)
        _resolved(template)
    except Mistake as mistake:
        raise template_error(mistake, data, file, text) from None
    return template


def resolve(template: Template, outside: tuple[str, ...] = ()) -> list[ResolvedField]:
    """The template's fields, checked. ``outside`` are the ids of those that it is nested in. Raises TemplateError."""
    try:
        return _resolved(template, outside)
    except Mistake as mistake:
        raise template_error(mistake, template.model_dump()) from None


def needed_templates(template: Template) -> list[tuple[str, str]]:
    """The other templates that a checked one names, each with the field that does."""
    return [
        (field.name, name)
        for field in template.fields
        for cls in (find_type(field.type),)
        for name in cls.needs(cls.options_model.model_validate(field.options))
    ]


def has_effects(template: Template) -> bool:
    """Whether making a row of a checked template may do something outside, as code and queries do."""
    return _have_effects([field.model_dump() for field in template.fields])


def _have_effects(fields: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        find_type(field["type"]).has_effects or _have_effects(field.get("options", {}).get("fields", ()))
        for field in fields
    )


def _validated(data: object) -> Template:
    if not isinstance(data, Mapping):
        raise Mistake((), f"a template is a JSON object, not {kind_of(data)}", 'Write {"id", "name", "fields": [...]}.')
    try:
        return Template.model_validate(data)
    except ValidationError as error:
        details = first_of(error)
        path: JsonPath = details["loc"]
        if len(path) == 2 and path[0] == "fields":
            raise Mistake(path, f"a field is a JSON object, not {kind_of(details['input'])}", _FIELD_FORM) from None
        place, model, key = ("of a field", Field, path[2:]) if len(path) > 2 else ("of the template", Template, path)
        if key[:1] == ("noise",) and len(key) > 1:
            model = Noise
        subject = f"key {'.'.join(map(str, key))!r} {place}"
        raise key_mistake(path, path, subject, details, model) from None


def _resolved(template: Template, outside: tuple[str, ...] = ()) -> list[ResolvedField]:
    _check_head(template)
    types: dict[str, str] = {}
    for i, field in enumerate(template.fields):
        path: JsonPath = ("fields", i, "name")
        _check_text(path, "a field's name", field.name)
        if field.name in types:
            first = list(types).index(field.name) + 1
            raise Mistake(path, f"two fields are named {field.name!r}: number {first} and number {i + 1}")
        types[field.name] = _type_of(i, field).name
    resolved = [_resolve_field(i, field, template, types, outside) for i, field in enumerate(template.fields)]
    _check_circles(resolved)
    return resolved


def _check_head(template: Template) -> None:
    _check_text(("id",), "the template's id", template.id)
    _check_text(("name",), "the template's name", template.name)
    if not template.fields:
        raise Mistake(("fields",), "the template has no fields", _FIELD_FORM)
    if len(template.fields) > _MOST_FIELDS:
        raise Mistake(("fields",), f"the template has {len(template.fields)} fields; {_MOST_FIELDS} are possible")


def _check_text(path: JsonPath, what: str, text: str) -> None:
    if not text.strip():
        raise Mistake(path, f"{what} is empty")
    if "\0" in text:
        raise Mistake(path, f"{what} has a NUL character in it")
    if not is_text(text):
        raise Mistake(path, f"{what} has half of a surrogate pair in it, which is no text")
    if len(text) > _LONGEST_NAME:
        raise Mistake(path, f"{what} has {len(text)} characters; {_LONGEST_NAME} are possible")


def _type_of(index: int, field: Field) -> type[FieldType[Any]]:
    try:
        return find_type(field.type)
    except KeyError:
        raise Mistake(
            ("fields", index, "type"),
            f"unknown field type {field.type!r:.{SHOWN}}",
            closest(field.type[:SHOWN], field_types()),
        ) from None


def _resolve_field(
    index: int, field: Field, template: Template, types: Mapping[str, str], outside: tuple[str, ...]
) -> ResolvedField:
    cls = find_type(field.type)
    _check_keys(("fields", index), field, cls)
    _check_swap(("fields", index, "noise", "swap_with"), field, template)
    path: JsonPath = ("fields", index, "options")
    try:
        options = cls.options_model.model_validate(field.options)
    except ValidationError as error:
        details = first_of(error)
        loc = details["loc"]
        subject = f"option {'.'.join(map(str, loc))!r} of type {cls.name!r}"
        if details["type"] == "value_error":
            _check_plain(path, field, cls)  # for that is then what it stumbled over
        raise key_mistake((*path, *loc), loc, subject, details, cls.options_model) from None
    _check_plain(path, field, cls)
    mix = locale_mix(field.locale or template.locale)
    chain = (*outside, template.id)
    sensitive = any(each.sensitive for each in template.fields)
    places = tuple(Place(field.name, locale, types, sensitive=sensitive, chain=chain) for locale in mix.locales)
    if not cls.localised:
        places = places[:1]
    try:
        references = cls.references(options, places[0])
    except OptionError as error:
        raise Mistake((*path, *error.path), error.message, error.hint) from None
    for name in references:
        if name not in types:
            raise Mistake(path, f"it names a field {name!r} that is not there", closest(name, types))
    try:
        for place in places:
            cls.check(options, place)
    except OptionError as error:
        raise Mistake((*path, *error.path), error.message, error.hint) from None
    return ResolvedField(field, cls, options, places, mix.weights[: len(places)], references)


def _check_plain(path: JsonPath, field: Field, cls: type[FieldType[Any]]) -> None:
    """That the options hold nothing that no format could."""
    wrong = flaw(field.options)
    if wrong is not None:
        inner, reason = wrong
        option = ".".join(map(str, inner[:5]))
        raise Mistake((*path, *inner), f"option {option!r} of type {cls.name!r}: {reason}")


def _check_keys(path: JsonPath, field: Field, cls: type[FieldType[Any]]) -> None:
    """What the keys that all types share ask of this type."""
    if field.unique:
        if not _can_be_unique(cls):
            able = ", ".join(name for name in field_types() if _can_be_unique(find_type(name)))
            raise Mistake((*path, "unique"), f"values of type {cls.name!r} can't be made unique", f"Types: {able}.")
        if field.noise is not None:
            raise Mistake((*path, "noise"), "noise can make two values alike, and unique is asked for", "Keep one.")


def _check_swap(path: JsonPath, field: Field, template: Template) -> None:
    """Whether the field may change its values with the one that its noise names."""
    name = field.noise.swap_with if field.noise else None
    if name is None:
        return
    other = next((each for each in template.fields if each.name == name and each is not field), None)
    if other is None:
        raise Mistake(
            path,
            f"there is no other field {name!r}",
            closest(name, [each.name for each in template.fields if each is not field]),
        )
    if other.unique:
        raise Mistake(
            path, f"a swap can make two values of {name!r} alike, and unique is asked for", "Swap with another."
        )
    if other.sensitive != field.sensitive:
        raise Mistake(
            path, f"one of {field.name!r} and {name!r} is sensitive, and a swap would show its values", "Mark both."
        )


def _can_be_unique(cls: type[FieldType[Any]]) -> bool:
    return cls.always_unique or any("distinct" in vars(base) for base in cls.__mro__ if base is not FieldType)


def _check_circles(fields: Iterable[ResolvedField]) -> None:
    listed = list(fields)
    graph = {each.field.name: each.references for each in listed}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        index = next(i for i, each in enumerate(listed) if each.field.name == circle[0])
        if len(circle) == 2:
            message = f"the field {circle[0]!r} is made of itself"
        else:
            message = f"fields are made of each other in a circle: {' from '.join(map(repr, circle))}"
        raise Mistake(("fields", index, "options"), message, "Break the circle at one of them.") from None
