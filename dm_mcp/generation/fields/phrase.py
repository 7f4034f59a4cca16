"""What the field types share that are a phrase of their locale's vocabulary."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache

from dm_mcp.generation.columns import Column, Ints, Picked, Pool, TextColumn
from dm_mcp.generation.phrases import Atom, Phrase, Stencils, Vocables, numbered_text, places_of, stencils
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, O, Place
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = ["PhraseField", "form_phrase", "phrase_distinct", "phrase_numbered"]


_LONGEST = 200
"""Characters of a form."""


class PhraseField(FieldType[O]):
    """A phrase of the locale a row."""

    def __init__(self, options: O, place: Place) -> None:
        super().__init__(options, place)
        self._phrase = self.phrase(vocabulary(place.locale))

    @abstractmethod
    def phrase(self, words: Vocabulary) -> Phrase:
        """Which phrase."""

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The words of a phrase that is one word out of a list, or the texts of a single form; None for the others."""
        return phrase_distinct(self._phrase, self.place.locale)

    def numbered(self, numbers: Ints) -> Column:
        """The words in their order, or the form's texts in that of numbers."""
        return phrase_numbered(self._phrase, numbers)

    def make(self, context: BlockContext) -> Column:
        """Takes as many lanes as the phrase has slots, and one more."""
        return TextColumn(self._phrase.parts(context))


def _only_atom(phrase: Phrase) -> Atom | None:
    """The one piece that a phrase is, if it is no more than that."""
    if len(phrase.alternatives) == 1 and len(phrase.alternatives[0][1]) == 1:
        return phrase.alternatives[0][1][0]
    return None


def phrase_distinct(phrase: Phrase, locale: str) -> Distinct | None:
    """How many different texts a phrase of one piece has, if they can be numbered."""
    atom = _only_atom(phrase)
    if isinstance(atom, Vocables):
        return Distinct(len(atom.words), f"{len(atom.words)} words of locale {locale}")
    count = 0 if atom is None else places_of(atom)
    if atom is None or not 0 < count < 2**63:
        return None
    return Distinct(count, f"the form {atom.texts[0]!r}")


def phrase_numbered(phrase: Phrase, numbers: Ints) -> Column:
    """The texts of such a phrase by their number."""
    atom = _only_atom(phrase)
    if isinstance(atom, Vocables):
        return TextColumn((Picked(_pool(atom), numbers),))
    if isinstance(atom, Stencils):
        return TextColumn((numbered_text(atom, numbers),))
    raise NotImplementedError("a phrase of several pieces does not number its texts")


@lru_cache(maxsize=256)
def _pool(atom: Vocables) -> Pool:
    return Pool(atom.words)


def form_phrase(form: str) -> Phrase:
    """A form with Faker's placeholders: ``#`` a digit, ``%`` one above zero, ``?`` a capital letter and so on.

    Raises ValueError for a form that is too long, and for a character that some format would have to escape.
    """
    if len(form) > _LONGEST:
        raise ValueError(f"the format has {len(form)} characters; {_LONGEST} is the most")
    atom = stencils([form], [1.0], letters=True)
    if atom is None:
        raise ValueError(f"format {form!r} has a quote, a comma or another character that a form can't have")
    return Phrase([(1.0, (atom,))])
