"""Values made wrong on purpose, as people and programs make them: for tests of what should refuse or mend them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal, Self, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dm_mcp.generation.arrange import taken
from dm_mcp.generation.as_text import text_parts
from dm_mcp.generation.columns import Column, Ints, Mask, Picked, Pool, TextColumn
from dm_mcp.generation.render.values import to_python
from dm_mcp.generation.streams import NOISE_LANE, Stream, below, unit_floats

__all__ = ["Noise", "Spoiler"]

Kind = Literal["typo", "truncation", "mojibake", "swap"]


class Noise(BaseModel):
    """How many of a text field's values are spoilt, and how.

    ``share`` is theirs among all values, from 0 to 1. ``kinds``, each as likely: "typo" (a letter doubled, lost, or
    changed with its neighbour), "truncation" (the end is missing), "mojibake" (UTF-8 read as Latin-1; a typo where that
    changes nothing), "swap" (changed with the same row's value of ``swap_with``). By default the first three, and
    "swap" too if ``swap_with`` names a field.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: float = Field(ge=0, le=1)
    kinds: list[Kind] = Field(default_factory=list[Kind])
    swap_with: str | None = None

    @model_validator(mode="after")
    def _partner(self) -> Self:
        if "swap" in self.kinds and self.swap_with is None:
            raise ValueError("noise of kind 'swap' needs swap_with, the name of the other field")
        if self.swap_with is not None and self.kinds and "swap" not in self.kinds:
            raise ValueError("swap_with is given, but kinds has no 'swap'")
        return self

    @property
    def all_kinds(self) -> tuple[Kind, ...]:
        """The kinds meant, in an order that is always the same."""
        default = [kind for kind in get_args(Kind) if kind != "swap" or self.swap_with is not None]
        return tuple(kind for kind in get_args(Kind) if kind in (self.kinds or default))


class Spoiler:
    """The noise of one field, applied to blocks."""

    def __init__(self, noise: Noise) -> None:
        self.noise = noise
        self._kinds = noise.all_kinds

    def spoil(self, column: Column, other: Column | None, rows: int, stream: Stream, block: int) -> list[Column]:
        """The column with its wrong values, and the other one, of ``swap_with``, with those that it got for them.

        Nulls stay null, empty text stays empty.
        """
        chosen = unit_floats(stream.words(block, rows, NOISE_LANE)) < self.noise.share
        if not chosen.any():
            return [column] if other is None else [column, other]
        kinds = below(stream.words(block, rows, NOISE_LANE + 1), len(self._kinds)).view(np.int64)
        words = stream.words(block, rows * 2, NOISE_LANE + 2).reshape(rows, 2)
        swapped = chosen & (kinds == self._kinds.index("swap")) if "swap" in self._kinds else np.zeros(rows, np.bool_)
        spoilt = np.flatnonzero(chosen & ~swapped)
        texts: list[str | None] = to_python(TextColumn(text_parts(taken(column, spoilt), len(spoilt))), len(spoilt))
        wrong = [
            _SPOILERS[self._kinds[kind]](text, int(where), int(what)) if text else ""
            for text, kind, (where, what) in zip(texts, kinds[spoilt].tolist(), words[spoilt].tolist(), strict=True)
        ]
        made = _replaced(column, spoilt, wrong, rows)
        if other is None:
            return [made]
        if not swapped.any():
            return [made, other]
        return [_crossed(made, other, swapped, rows), _crossed(other, made, swapped, rows)]


def _replaced(column: Column, at: Ints, texts: Iterable[str], rows: int) -> Column:
    """The column as text, with other text in some rows: the old parts are empty there, a new one in all others."""
    chosen = np.zeros(rows, np.bool_)
    chosen[at] = True
    pool = Pool(["", *texts])
    indices = np.zeros(rows, np.int64)
    indices[at] = np.arange(1, len(pool))
    kept = text_parts(replace(column, null=chosen if column.null is None else chosen | column.null), rows)
    return TextColumn((*kept, Picked(pool, indices)), null=column.null)


def _crossed(column: Column, other: Column, swapped: Mask, rows: int) -> Column:
    """The column, with the other one's values in the swapped rows."""
    own = text_parts(replace(column, null=swapped if column.null is None else swapped | column.null), rows)
    got = text_parts(replace(other, null=~swapped if other.null is None else ~swapped | other.null), rows)
    null = None
    if column.null is not None or other.null is not None:
        nothing = np.zeros(rows, np.bool_)
        null = np.where(
            swapped,
            nothing if other.null is None else other.null,
            nothing if column.null is None else column.null,
        )
    return TextColumn((*own, *got), null=null)


def _typo(text: str, where: int, what: int) -> str:
    """A letter doubled, lost, or changed with the next one; of one letter alone, doubled."""
    at = where % len(text)
    match what % 3:
        case 0 if len(text) > 1:
            return text[:at] + text[at + 1 :]
        case 1 if at + 1 < len(text) and text[at] != text[at + 1]:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case _:
            return text[: at + 1] + text[at:]


def _truncation(text: str, where: int, what: int) -> str:
    """At least the last letter is missing; a single letter gets a typo instead."""
    return text[: 1 + where % (len(text) - 1)] if len(text) > 1 else _typo(text, where, what)


def _mojibake(text: str, where: int, what: int) -> str:
    wrong = text.encode().decode("latin-1")
    return wrong if wrong != text else _typo(text, where, what)


_SPOILERS: dict[str, Callable[[str, int, int], str]] = {
    "typo": _typo,
    "truncation": _truncation,
    "mojibake": _mojibake,
}
