"""Field types for running text: words, lorem."""

from __future__ import annotations

from functools import cache

import numpy as np
from pydantic import Field

from dm_mcp.generation.columns import Column, Picked, Pool, TextColumn, TextPart
from dm_mcp.generation.registry import BlockContext, FieldType, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Chooser, Stream, below
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


@field_type("lorem", "text", "paragraph")
class Lorem(FieldType[LoremOptions]):
    """Sentences of the locale's words, e.g. "Notice decade often part." for ``{"lines": 1}``.

    A sentence has four to nine words and ends in a full stop. Two or three words that follow each other are one of two
    thousand phrases, drawn once for the locale.
    """

    def __init__(self, options: LoremOptions, place: Place) -> None:
        super().__init__(options, place)
        self._pools = _phrases(place.locale)
        self._stop = vocabulary(place.locale).full_stop()

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def make(self, context: BlockContext) -> Column:
        """A word a row for each of a sentence's phrases."""
        parts: list[TextPart] = []
        for line in range(self.options.lines):
            for i, pool in enumerate(self._pools):
                words = context.words(lane=line * len(self._pools) + i)
                parts.append(Picked(pool, below(words, len(pool)).view(np.int64)))
            parts.append(self._stop)
        parts[-1] = self._stop.rstrip() or self._stop
        return TextColumn(tuple(parts))


_PHRASES = 2000


@cache
def _phrases(locale: str) -> tuple[Pool, Pool, Pool]:
    """The phrases of a sentence: it begins with two or three words, and goes on with one to three, twice."""
    words, connector = vocabulary(locale).sentence()
    chooser, stream = Chooser(words.weights), Stream(0, "lorem", locale)

    def phrases(lane: int) -> list[str]:
        picks = chooser.pick(stream.words(0, 3 * _PHRASES, lane)).reshape(-1, 3).tolist()
        shortest = 2 if lane == 0 else 1
        sizes = [shortest + i % (4 - shortest) for i in range(_PHRASES)]
        return [
            connector.join(words.words[pick] for pick in row[:size]) for row, size in zip(picks, sizes, strict=True)
        ]

    first, second, third = map(phrases, range(3))
    return (
        Pool(phrase[:1].upper() + phrase[1:] for phrase in first),
        Pool(connector + phrase for phrase in second),
        Pool(connector + phrase for phrase in third),
    )
