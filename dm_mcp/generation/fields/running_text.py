"""Field types for running text: words, lorem."""

from __future__ import annotations

from pydantic import Field

from dm_mcp.generation.columns import Column, Picked, Pool, TextColumn, TextPart
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser
from dm_mcp.generation.vocabulary import vocabulary

__all__ = ["Lorem", "LoremOptions", "Words", "WordsOptions"]


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


class LoremOptions(Options):
    """``lines``: how many sentences."""

    lines: int = Field(default=3, ge=1, le=50)


@field_type("lorem")
class Lorem(FieldType[LoremOptions]):
    """Sentences of the locale's words, e.g. "Notice decade often part." for ``{"lines": 1}``.

    A sentence has four to ten words, seven most often, and ends in a full stop.
    """

    def __init__(self, options: LoremOptions, place: Place) -> None:
        super().__init__(options, place)
        words, connector = vocabulary(place.locale).sentence()
        self._first = Pool(word[:1].upper() + word[1:] for word in words.words)
        self._next = Pool([*(connector + word for word in words.words), ""])
        self._stop = vocabulary(place.locale).full_stop()
        # The first words of a sentence are always there; each of the others is missing in half of all sentences.
        sure, perhaps = Chooser(words.weights), Chooser([*words.weights, sum(words.weights)])
        self._choosers = [sure] * 4 + [perhaps] * 6

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """One word of each lane a row."""
        parts: list[TextPart] = []
        for line in range(self.options.lines):
            for i, chooser in enumerate(self._choosers):
                picks = chooser.pick(context.words(lane=line * len(self._choosers) + i))
                parts.append(Picked(self._next if i else self._first, picks))
            parts.append(self._stop)
        parts[-1] = self._stop.rstrip() or self._stop
        return TextColumn(tuple(parts))
