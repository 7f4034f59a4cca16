"""What the field types share that are a phrase of their locale's vocabulary."""

from __future__ import annotations

from abc import abstractmethod

from dm_mcp.generation.columns import Column, Ints, Picked, Pool, TextColumn
from dm_mcp.generation.patterns import Phrase, Vocables, stencils
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, O, Place
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = ["PhraseField", "form_phrase"]


class PhraseField(FieldType[O]):
    """A phrase of the locale a row."""

    def __init__(self, options: O, place: Place) -> None:
        super().__init__(options, place)
        self._phrase = self.phrase(vocabulary(place.locale))
        words = _single_pool(self._phrase)
        self._pool = None if words is None else Pool(words)

    @abstractmethod
    def phrase(self, words: Vocabulary) -> Phrase:
        """Which phrase."""

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct | None:
        """The words of a phrase that is one word out of a list; None for what is put together."""
        if self._pool is None:
            return None
        return Distinct(len(self._pool), f"{len(self._pool)} words of locale {self.place.locale}")

    def numbered(self, numbers: Ints) -> Column:
        """The words in their order."""
        if self._pool is None:
            return super().numbered(numbers)
        return TextColumn((Picked(self._pool, numbers),))

    def make(self, context: BlockContext) -> Column:
        """Takes as many lanes as the phrase has slots, and one more."""
        return TextColumn(self._phrase.parts(context))


def _single_pool(phrase: Phrase) -> tuple[str, ...] | None:
    """The words of a phrase that is nothing but one of them."""
    if len(phrase.alternatives) == 1 and len(phrase.alternatives[0][1]) == 1:
        atom = phrase.alternatives[0][1][0]
        if isinstance(atom, Vocables):
            return atom.words
    return None


def form_phrase(form: str) -> Phrase:
    """A form with Faker's placeholders: ``#`` a digit, ``%`` one above zero, ``?`` a capital letter and so on.

    Raises ValueError for a character that some format would have to escape.
    """
    atom = stencils([form], [1.0], letters=True)
    if atom is None:
        raise ValueError(f"format {form!r} has a quote, a comma or another character that a form can't have")
    return Phrase([(1.0, (atom,))])
