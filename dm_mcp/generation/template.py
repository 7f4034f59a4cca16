"""A template: a named list of typed fields, and the check that says what is wrong with one, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

import pydantic
from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError, field_validator

from dm_mcp.errors import TemplateError, Where
from dm_mcp.generation.locales import LocaleMix, locale_mix
from dm_mcp.generation.noise import Noise
from dm_mcp.generation.plain_values import flaw, is_text
from dm_mcp.generation.positions import JsonPath, line_of
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
_HALF = 250
"""Characters of a message at its start, and at its end, that are always shown."""

_SHOWN = 80
"""Characters of a wrong value in a message."""

_FIELD_FORM = 'Write a field as {"name": "id", "type": "uuid"}.'


class _Problem(Exception):
    """What is wrong, and the path to it."""

    def __init__(self, path: JsonPath, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


def parse_template(data: object, *, file: str | None = None, text: str | None = None) -> Template:
    """The template that ``data`` (parsed JSON) describes, checked in full.

    ``file`` is where it was read and ``text`` what was read there; the error names them as file and line.
    Raises TemplateError for the first mistake: which field, key, option or type, and what is allowed.
    """
    try:
        template = _validated(data)
        _resolved(template)
    except _Problem as problem:
        raise _error(problem, data, file, text) from None
    return template


def resolve(template: Template, outside: tuple[str, ...] = ()) -> list[ResolvedField]:
    """The template's fields, checked. ``outside`` are the ids of those that it is nested in. Raises TemplateError."""
    try:
        return _resolved(template, outside)
    except _Problem as problem:
        raise _error(problem, template.model_dump(), None, None) from None


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


def _error(problem: _Problem, data: object, file: str | None, text: str | None) -> TemplateError:
    where: Where = {}
    if file is not None:
        where["file"] = file
    if text is not None:
        where["line"] = line_of(text, problem.path)
    name = _field_name(data, problem.path)
    if name is not None:
        where["field"] = name
    return TemplateError(f"{_cut(problem.message).rstrip('.')}.", hint=problem.hint, **where)


def _cut(message: str) -> str:
    """The message, without the middle of a value that is too long to be read."""
    return message if len(message) <= 2 * _HALF else f"{message[:_HALF]} ... {message[-_HALF:]}"


def _field_name(data: object, path: JsonPath) -> str | None:
    """The name of the field that the path leads into, or its number where it has none."""
    if len(path) < 2 or path[0] != "fields" or not isinstance(path[1], int) or not isinstance(data, Mapping):
        return None
    fields = cast("Mapping[str, object]", data)["fields"]
    if not isinstance(fields, list | tuple):
        return None
    field = cast("list[object]", fields)[path[1]]
    name = cast("Mapping[str, object]", field).get("name") if isinstance(field, Mapping) else None
    shown = name if isinstance(name, str) and name and is_text(name) else f"number {path[1] + 1}"
    if path[2:4] == ("options", "fields"):
        inner = _field_name(cast("Mapping[str, object]", field)["options"], path[3:])
        return shown if inner is None else f"{shown}.{inner}"
    return shown


def _validated(data: object) -> Template:
    if not isinstance(data, Mapping):
        raise _Problem((), f"a template is a JSON object, not {_kind(data)}", 'Write {"id", "name", "fields": [...]}.')
    try:
        return Template.model_validate(data)
    except ValidationError as error:
        details = _first(error)
        path: JsonPath = details["loc"]
        if len(path) == 2 and path[0] == "fields":
            raise _Problem(path, f"a field is a JSON object, not {_kind(details['input'])}", _FIELD_FORM) from None
        place, model, key = ("of a field", Field, path[2:]) if len(path) > 2 else ("of the template", Template, path)
        if key[:1] == ("noise",) and len(key) > 1:
            model = Noise
        subject = f"key {'.'.join(map(str, key))!r} {place}"
        raise _key_problem(path, path, subject, details, model) from None


def _first(error: ValidationError) -> Any:
    """The mistake to tell: an unknown key before the others, for one that is missing may be that one, misspelled."""
    found = error.errors()
    return next((details for details in found if details["type"] == "extra_forbidden"), found[0])


def _key_problem(path: JsonPath, loc: JsonPath, subject: str, details: Any, model: type[BaseModel]) -> _Problem:
    """What pydantic found, in words about a key or an option."""
    allowed = [field.alias or name for name, field in model.model_fields.items()]
    match details["type"]:
        case "extra_forbidden":
            hint = closest(str(loc[-1]), allowed) if allowed else "This type has no options."
            return _Problem(path, f"unknown {subject}", hint)
        case "missing":
            return _Problem(path[:-1], f"{subject} is missing")
        case "too_short" | "too_long":
            return _Problem(path, f"{subject}: {_lowered(details['msg'])}")
        case "value_error":
            error = details["ctx"]["error"]
            return _Problem(path, f"{error}", error.hint if isinstance(error, OptionError) else "")
        case _:
            value = details["input"]
            shown = f", not {_shown(value)}" if isinstance(value, (str, int, float)) else f", not {_kind(value)}"
            return _Problem(path, f"{subject}: {_lowered(details['msg'])}{shown}")


def _shown(value: float | str) -> str:
    """The value, as far as it is short; Python doesn't write a whole number of more than 4300 digits at all."""
    if isinstance(value, int) and value.bit_length() > _SHOWN * 3:
        return "such a large number"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:].replace("dictionary", "object")


def _kind(value: object) -> str:
    names: dict[type[object], str] = {
        dict: "an object",
        list: "a list",
        str: "text",
        type(None): "null",
        bool: "a boolean",
    }
    return names.get(type(value), "a number")


def _resolved(template: Template, outside: tuple[str, ...] = ()) -> list[ResolvedField]:
    _check_head(template)
    types: dict[str, str] = {}
    for i, field in enumerate(template.fields):
        path: JsonPath = ("fields", i, "name")
        _check_text(path, "a field's name", field.name)
        if field.name in types:
            first = list(types).index(field.name) + 1
            raise _Problem(path, f"two fields are named {field.name!r}: number {first} and number {i + 1}")
        types[field.name] = _type_of(i, field).name
    resolved = [_resolve_field(i, field, template, types, outside) for i, field in enumerate(template.fields)]
    _check_circles(resolved)
    return resolved


def _check_head(template: Template) -> None:
    _check_text(("id",), "the template's id", template.id)
    _check_text(("name",), "the template's name", template.name)
    if not template.fields:
        raise _Problem(("fields",), "the template has no fields", _FIELD_FORM)
    if len(template.fields) > _MOST_FIELDS:
        raise _Problem(("fields",), f"the template has {len(template.fields)} fields; {_MOST_FIELDS} are possible")


def _check_text(path: JsonPath, what: str, text: str) -> None:
    if not text.strip():
        raise _Problem(path, f"{what} is empty")
    if "\0" in text:
        raise _Problem(path, f"{what} has a NUL character in it")
    if not is_text(text):
        raise _Problem(path, f"{what} has half of a surrogate pair in it, which is no text")
    if len(text) > _LONGEST_NAME:
        raise _Problem(path, f"{what} has {len(text)} characters; {_LONGEST_NAME} are possible")


def _type_of(index: int, field: Field) -> type[FieldType[Any]]:
    try:
        return find_type(field.type)
    except KeyError:
        raise _Problem(
            ("fields", index, "type"),
            f"unknown field type {field.type!r:.{_SHOWN}}",
            closest(field.type[:_SHOWN], field_types()),
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
        details = _first(error)
        loc = details["loc"]
        subject = f"option {'.'.join(map(str, loc))!r} of type {cls.name!r}"
        if details["type"] == "value_error":
            _check_plain(path, field, cls)  # for that is then what it stumbled over
        raise _key_problem((*path, *loc), loc, subject, details, cls.options_model) from None
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
        raise _Problem((*path, *error.path), error.message, error.hint) from None
    for name in references:
        if name not in types:
            raise _Problem(path, f"it names a field {name!r} that is not there", closest(name, types))
    try:
        for place in places:
            cls.check(options, place)
    except OptionError as error:
        raise _Problem((*path, *error.path), error.message, error.hint) from None
    return ResolvedField(field, cls, options, places, mix.weights[: len(places)], references)


def _check_plain(path: JsonPath, field: Field, cls: type[FieldType[Any]]) -> None:
    """That the options hold nothing that no format could."""
    wrong = flaw(field.options)
    if wrong is not None:
        inner, reason = wrong
        option = ".".join(map(str, inner[:5]))
        raise _Problem((*path, *inner), f"option {option!r} of type {cls.name!r}: {reason}")


def _check_keys(path: JsonPath, field: Field, cls: type[FieldType[Any]]) -> None:
    """What the keys that all types share ask of this type."""
    if field.unique:
        if not _can_be_unique(cls):
            able = ", ".join(name for name in field_types() if _can_be_unique(find_type(name)))
            raise _Problem((*path, "unique"), f"values of type {cls.name!r} can't be made unique", f"Types: {able}.")
        if field.noise is not None:
            raise _Problem((*path, "noise"), "noise can make two values alike, and unique is asked for", "Keep one.")


def _check_swap(path: JsonPath, field: Field, template: Template) -> None:
    """Whether the field may change its values with the one that its noise names."""
    name = field.noise.swap_with if field.noise else None
    if name is None:
        return
    other = next((each for each in template.fields if each.name == name and each is not field), None)
    if other is None:
        raise _Problem(
            path,
            f"there is no other field {name!r}",
            closest(name, [each.name for each in template.fields if each is not field]),
        )
    if other.unique:
        raise _Problem(
            path, f"a swap can make two values of {name!r} alike, and unique is asked for", "Swap with another."
        )
    if other.sensitive != field.sensitive:
        raise _Problem(
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
        raise _Problem(("fields", index, "options"), message, "Break the circle at one of them.") from None
