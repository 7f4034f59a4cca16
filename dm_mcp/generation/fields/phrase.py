"""What the field types share that are a phrase of their locale's vocabulary."""

from __future__ import annotations

from abc import abstractmethod

from dm_mcp.generation.columns import Column, TextColumn
from dm_mcp.generation.patterns import Phrase
from dm_mcp.generation.registry import BlockContext, FieldType, O, Place
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.vocabulary import Vocabulary, vocabulary

__all__ = ["PhraseField"]


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

    def make(self, context: BlockContext) -> Column:
        """Takes as many lanes as the phrase has slots, and one more."""
        return TextColumn(self._phrase.parts(context))
