"""Field types for a person's sex and gender, which go with the person's name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, TypeVar

import numpy as np
from pydantic import Field

from dm_mcp.generation.as_text import part_numbers, text_parts, unveiled
from dm_mcp.generation.columns import Column, Ints, Picked, Pool, TextColumn
from dm_mcp.generation.fields.groups import companion
from dm_mcp.generation.fields.person import FirstName
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import below, unit_floats
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = ["Gender", "GenderOptions", "SexField", "SexOptions"]

_FEMALE, _MALE, _OTHER = 0, 1, 2
_UNKNOWN = -1
_WORDS = Pool(["female", "male", "non-binary"])
_LETTERS = Pool(["F", "M", "X"])


class SexOptions(Options):
    """``format``: "word" gives "female" and "male", "letter" gives "F" and "M"."""

    format: Literal["word", "letter"] = "word"


class GenderOptions(SexOptions):
    """``other`` is the share of people who are neither female nor male, from 0 to 1; their letter is "X"."""

    other: float = Field(default=0.02, ge=0, le=1)


O = TypeVar("O", bound=SexOptions)  # noqa: E741 - as in the registry


class _OfPerson(FieldType[O]):
    """What follows from who a person is."""

    _LANE = 0

    def __init__(self, options: O, place: Place) -> None:
        super().__init__(options, place)
        self._source = next(iter(self.references(options, place)), None)
        self._sex_of = _sex_of(place.locale)
        named = place.fields.get(self._source or "")
        chosen = named.options.sex if isinstance(named, FirstName) else None
        self._of_both = {"female": _FEMALE, "male": _MALE, None: _UNKNOWN}[chosen]
        self._pool = _WORDS if options.format == "word" else _LETTERS

    @classmethod
    def references(cls, options: O, place: Place) -> tuple[str, ...]:  # noqa: ARG003 - as the base has it
        """The field that says who the person is."""
        kinds = ("sex", "first_name", "name") if cls.name != "sex" else ("first_name", "name")
        return tuple(name for kind in kinds if (name := companion(place, kind)) is not None)[:1]

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def sexes(self, context: BlockContext) -> Ints:
        """The sex of each row's person: what the first telling piece of the name says, else either."""
        found = np.full(context.rows, _UNKNOWN, np.int64)
        if self._source is not None:
            for part in text_parts(unveiled(context.column(self._source)), context.rows):
                said = part_numbers(part, context.rows, self._sex_of)
                found = np.where(found == _UNKNOWN, said, found)
            found = np.where(found == _UNKNOWN, self._of_both, found)
        if (found == _UNKNOWN).any():
            found = np.where(found == _UNKNOWN, below(context.words(lane=self._LANE), 2).view(np.int64), found)
        return found


@field_type("sex")
class SexField(_OfPerson[SexOptions]):
    """The sex of the row's person, e.g. "female" for Anna; ``{"format": "letter"}`` gives "F".

    It follows the field of type first_name that is named like it (``contact_sex`` that of ``contact_first_name``), or
    else the template's first, or a name likewise. A name that both have, and a row without one, gives either.
    """

    def make(self, context: BlockContext) -> Column:
        """A word or a letter."""
        return TextColumn((Picked(self._pool, self.sexes(context)),))


@field_type("gender")
class Gender(_OfPerson[GenderOptions]):
    """The gender of the row's person: as the sex, but "non-binary" for a few, e.g. ``{"other": 0.01}`` for 1 in 100.

    It follows a field of type sex that is named like it, or else the person's name as sex does.
    """

    _OTHER_LANE = 1

    def make(self, context: BlockContext) -> Column:
        """A word or a letter."""
        other = unit_floats(context.words(lane=self._OTHER_LANE)) < self.options.other
        return TextColumn((Picked(self._pool, np.where(other, _OTHER, self.sexes(context))),))


@cache
def _sex_of(locale: str) -> Callable[[str], int]:
    """The function that tells the sex of a piece of a name; the same one at each call."""
    words = vocabulary(locale)
    female, male = _pieces(words, "female"), _pieces(words, "male")
    telling = {"female": _FEMALE, "F": _FEMALE, "male": _MALE, "M": _MALE}
    telling |= dict.fromkeys(female - male, _FEMALE) | dict.fromkeys(male - female, _MALE)

    def sex_of(text: str) -> int:
        whole = text.strip()
        if whole in telling:
            return telling[whole]
        return next((telling[piece] for piece in whole.split() if piece in telling), _UNKNOWN)

    return sex_of


def _pieces(words: Vocabulary, sex: str) -> set[str]:
    """The first names and titles of a sex."""
    listed = (words.words("person", f"{kind}_{sex}") for kind in ("first_name", "prefix"))
    return {word.strip() for each in listed for word in each} - {""}
