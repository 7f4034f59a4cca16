"""Field types for people: first_name, last_name, name, email, phone. See `sex` for sex and gender."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ClassVar, Literal

import numpy as np
from pydantic import field_validator

from dm_mcp.generation.as_text import mapped_parts, text_parts
from dm_mcp.generation.columns import Column, Ints, Picked, Pool, Slices, TextColumn, TextPart
from dm_mcp.generation.fields.groups import companion, member
from dm_mcp.generation.fields.phrase import PhraseField, form_phrase
from dm_mcp.generation.phrases import Phrase
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, NoOptions, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.slugs import slugger
from dm_mcp.generation.streams import below, digits
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = ["Email", "FirstName", "FirstNameOptions", "LastName", "Name", "Phone", "PhoneOptions", "Sex"]

Sex = Literal["female", "male"]


class FirstNameOptions(Options):
    """``sex``: names of that sex alone; all without."""

    sex: Sex | None = None


@field_type("first_name")
class FirstName(PhraseField[FirstNameOptions]):
    """A first name of the locale, as frequent as in life where Faker knows, e.g. ``{"sex": "female"}`` gives "Anna"."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's first names, of one sex if so asked."""
        return words.phrase("person", f"first_name_{self.options.sex}" if self.options.sex else "first_name")


@field_type("last_name")
class LastName(PhraseField[NoOptions]):
    """A last name of the locale, as frequent as in life where Faker knows, e.g. "Meier"."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's last names."""
        return words.phrase("person", "last_name")


_LAST_NAME_FIRST = frozenset({"hu", "ja", "ko", "vi", "zh"})
"""Languages in which the family name comes first."""

_NO_SPACE = frozenset({"ko", "zh"})
"""Those of them that write nothing between the names."""


@field_type("name", "full_name")
class Name(PhraseField[NoOptions]):
    """A whole name as the locale writes it, some with a title, e.g. "Dr. Anna Meier".

    Beside a first_name and a last_name that are named like it (``name``, or ``contact_name`` with
    ``contact_first_name``), it is made of those two, in the locale's order and without a title: "Anna Meier".
    """

    def __init__(self, options: NoOptions, place: Place) -> None:
        super().__init__(options, place)
        language = place.locale.partition("_")[0]
        self._sources = self.references(options, place)
        if language in _LAST_NAME_FIRST:
            self._sources = self._sources[::-1]
        self._between = "" if language in _NO_SPACE else " "

    @classmethod
    def references(cls, options: NoOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """The first and the last name, if both are there."""
        first, last = (member(place, kind) for kind in ("first_name", "last_name"))
        return () if first is None or last is None else (first, last)

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's whole names."""
        return words.phrase("person", "name")

    def distinct(self) -> Distinct | None:
        """None where the name is made of others."""
        return None if self._sources else super().distinct()

    def make(self, context: BlockContext) -> Column:
        """The row's names with a space between, or a phrase of its own."""
        if not self._sources:
            return super().make(context)
        one, other = (text_parts(context.column(name), context.rows) for name in self._sources)
        return TextColumn((*one, self._between, *other) if self._between else (*one, *other))


class PhoneOptions(Options):
    """``format``: a form in place of the locale's: ``#`` is a digit, ``%`` one above zero, ``?`` a capital letter."""

    format: str | None = None

    @field_validator("format")
    @classmethod
    def _well_formed(cls, form: str | None) -> str | None:
        if form is not None:
            form_phrase(form)
        return form


@field_type("phone", "phone_number")
class Phone(PhraseField[PhoneOptions]):
    """A phone number in one of the locale's forms, e.g. "(02061) 885218".

    With a form of its own, e.g. ``{"format": "+49 151 ########"}``, it is "+49 151 20713398".
    """

    def phrase(self, words: Vocabulary) -> Phrase:
        """The form that is asked for, or the locale's phone numbers."""
        if self.options.format is not None:
            return form_phrase(self.options.format)
        # The basic formats of en_US are those without an extension; en_PH has mobile numbers alone.
        return words.phrase("phone_number", "basic_phone_number", "phone_number", "mobile_number")


_DOMAINS = Pool(["@example.com", "@example.net", "@example.org"])
"""Reserved for documentation (RFC 2606, section 3): mail to them reaches nobody."""


@field_type("email", "email_address")
class Email(FieldType[NoOptions]):
    """An address made of the row's names, different in every row of a request, e.g. "anna.meier17@example.com".

    It follows the fields of type first_name and last_name, or of type name, that are named like it (``contact_email``
    those of ``contact_first_name``), or else the template's first; a template that has none gets names of the locale.
    The number is the row's own, which is what makes addresses differ. The domains are reserved, so that nothing is
    ever sent to anybody.
    """

    always_unique: ClassVar[bool] = True

    _DOMAIN_LANE = 0
    _NAME_LANES = (1, 3)

    def __init__(self, options: NoOptions, place: Place) -> None:
        super().__init__(options, place)
        self._sources = self.references(options, place)
        self._slug = slugger(place.locale)
        words = vocabulary(place.locale)
        self._own = () if self._sources else [words.phrase("person", name) for name in ("first_name", "last_name")]

    @classmethod
    def references(cls, options: NoOptions, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """The fields that the address is made of."""
        names = [name for kind in ("first_name", "last_name") if (name := companion(place, kind)) is not None]
        if not names and (whole := companion(place, "name")) is not None:
            names = [whole]
        return tuple(names)

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """Slugs of the names with dots between, the row's number from 1, the domain."""
        columns = [context.column(name) for name in self._sources] or [
            TextColumn(phrase.parts(context, lane)) for phrase, lane in zip(self._own, self._NAME_LANES, strict=False)
        ]
        parts: list[TextPart] = []
        for i, column in enumerate(columns):
            slug = self._slug if i == len(columns) - 1 else _before_dot(self._slug)
            parts += mapped_parts(column, context.rows, slug)
        domains = Picked(_DOMAINS, below(context.words(lane=self._DOMAIN_LANE), len(_DOMAINS)).view(np.int64))
        return TextColumn((*parts, _numbers(context.row_numbers + 1), domains))


@cache
def _before_dot(slug: Callable[[str], str]) -> Callable[[str], str]:
    """The slug of a name that another follows; the same function at each call, so pools can keep its work."""

    def dotted(word: str) -> str:
        text = slug(word)
        return text + "." if text and not text.endswith(".") else text

    return dotted


def _numbers(values: Ints) -> Slices:
    """Numbers above zero in decimal, without leading zeros."""
    width = len(str(int(values[-1])))
    sizes = np.searchsorted(10 ** np.arange(1, width, dtype=np.int64), values, side="right") + 1
    ends = np.arange(width, (len(values) + 1) * width, width, dtype=np.int64)
    return Slices(np.ascontiguousarray(digits(values, width)).reshape(-1), ends - sizes, sizes)
