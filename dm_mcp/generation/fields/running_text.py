"""Field types for running text: words."""

from __future__ import annotations

from pydantic import Field

from dm_mcp.generation.columns import Column, Picked, Pool, TextColumn
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser
from dm_mcp.generation.vocabulary import vocabulary

__all__ = ["Words", "WordsOptions"]


class WordsOptions(Options):
    """How many words."""

    count: int = Field(default=3, ge=1, le=100)


@field_type("words")
class Words(FieldType[WordsOptions]):
    """Words of the locale in a row, e.g. ``{"count": 3}`` gives "notice decade article"."""

    def __init__(self, options: WordsOptions, place: Place) -> None:
        super().__init__(options, place)
        words, connector = vocabulary(place.locale).sentence()
        self._first = Pool(words.words)
        self._next = Pool(connector + word for word in words.words)
        self._chooser = Chooser(words.weights)

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """One word of each lane a row."""
        picks = (self._chooser.pick(context.words(lane=lane)) for lane in range(self.options.count))
        return TextColumn(tuple(Picked(self._next if i else self._first, pick) for i, pick in enumerate(picks)))
