"""Where each row of a template is: at its city, in its state, or somewhere in the country."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dm_mcp.generation.as_text import text_numbers, unveiled
from dm_mcp.generation.columns import Column, Ints
from dm_mcp.generation.fields.groups import companion
from dm_mcp.generation.gazetteer import gazetteer
from dm_mcp.generation.registry import BlockContext, Place

__all__ = ["Whereabouts"]


class Whereabouts:
    """The places of rows, as their numbers in the locale's gazetteer.

    A row whose city is null is where the city would be; one whose city is blank is anywhere.
    """

    _LANE = 0

    def __init__(self, place: Place, *, states: bool = True) -> None:
        """``states`` says whether a state is asked for the place where there is no city."""
        self.gazetteer = gazetteer(place.locale)
        self.city = companion(place, "city")
        self.state = companion(place, "state") if states and self.city is None else None
        # The same functions at each call, so that pools can keep their work.
        self._place_of: Callable[[str], int] = self.gazetteer.place_of
        self._state_of: Callable[[str], int] = self.gazetteer.state_of

    @classmethod
    def sources(cls, place: Place, *, states: bool = True) -> tuple[str, ...]:
        """The field that says where a row is, if there is one: the first of a city or else of a state."""
        kinds = ("city", "state") if states else ("city",)
        return tuple(name for kind in kinds if (name := companion(place, kind)) is not None)[:1]

    def places(self, context: BlockContext) -> Ints:
        """The rows' places."""
        if self.city is not None:
            return self.of_cities(context.column(self.city), context)
        words = context.words(lane=self._LANE)
        anywhere = self.gazetteer.any_place(words)
        if self.state is None:
            return anywhere
        states = self._numbers(context.column(self.state), context.rows, self._state_of)
        return np.where(states < 0, anywhere, self.gazetteer.place_in(np.maximum(states, 0), words))

    def of_cities(self, column: Column, context: BlockContext) -> Ints:
        """The places of the cities in a column."""
        places = self._numbers(column, context.rows, self._place_of)
        if (places < 0).any():
            return np.where(places < 0, self.gazetteer.any_place(context.words(lane=self._LANE)), places)
        return places

    @staticmethod
    def _numbers(column: Column, rows: int, number: Callable[[str], int]) -> Ints:
        return text_numbers(unveiled(column), rows, number)
