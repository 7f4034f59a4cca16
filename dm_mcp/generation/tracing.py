"""A run of a provider's method that gives back what it would choose from, not what it chose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

__all__ = ["UNTRACEABLE", "Drawn", "TracedGenerator", "drawn_from", "traced"]

UNTRACEABLE = (AttributeError, IndexError, KeyError, LookupError, TypeError, ValueError, NotImplementedError)
"""What a method raises that treats a `Drawn` as if it were text."""


class Drawn:
    """All that a method could have drawn, and what it would do with the one drawn."""

    def __init__(self, elements: Sequence[Any], weights: Sequence[float], *, parsed: bool = False) -> None:
        self.elements = tuple(elements)
        self.weights = tuple(weights)
        self.parsed = parsed
        self.digits = False
        self.letters = False

    def marked(self, *, parsed: bool = False, digits: bool = False, letters: bool = False) -> Drawn:
        """The same, with placeholders of one more kind to be filled in."""
        drawn = Drawn(self.elements, self.weights, parsed=self.parsed or parsed)
        drawn.digits = self.digits or digits
        drawn.letters = self.letters or letters
        return drawn

    def __getitem__(self, index: int) -> Drawn:
        """A method that draws one of several pairs and takes a half."""
        return Drawn([element[index] for element in self.elements], self.weights)

    def __str__(self) -> str:
        raise TypeError("what was drawn can't be written into other text")

    def without_leading_zero(self) -> Drawn:
        """The same, with a number that starts with a digit above zero: Faker has houses number 007."""
        drawn = Drawn([re.sub("^#", "%", element) for element in self.elements], self.weights, parsed=self.parsed)
        return drawn.marked(digits=self.digits, letters=self.letters)

    def stripped(self) -> Drawn:
        """The same without spaces round the elements, which some of Faker's names have by oversight."""
        drawn = Drawn([element.strip() for element in self.elements], self.weights, parsed=self.parsed)
        return drawn.marked(digits=self.digits, letters=self.letters)

    def upper(self) -> Drawn:
        """The same in capitals. Raises TypeError where fields are still to be filled in."""
        if self.parsed:
            raise TypeError("the fields of a format have no upper case")
        drawn = Drawn([element.upper() for element in self.elements], self.weights)
        return drawn.marked(digits=self.digits, letters=self.letters)


def drawn_from(text: Any) -> Drawn:
    """Text as the one thing that could have been drawn; what was drawn as it is. Raises TypeError for others."""
    if isinstance(text, str):
        return Drawn([text], [1.0])
    if isinstance(text, Drawn):
        return text
    raise TypeError("neither text nor drawn")


def _random_element(elements: Any = ()) -> Drawn:
    if isinstance(elements, Mapping):
        weighted = cast("Mapping[Any, float]", elements)
        return Drawn(list(weighted), list(weighted.values()))
    if isinstance(elements, Drawn):
        raise TypeError("drawn from what was drawn")
    return Drawn(list(elements), [1.0] * len(elements))


def _numerify(text: Any = "###") -> Drawn:
    return drawn_from(text).marked(digits=True)


def _lexify(text: Any = "????") -> Drawn:
    return drawn_from(text).marked(letters=True)


def _bothify(text: Any = "## ??") -> Drawn:
    return drawn_from(text).marked(digits=True, letters=True)


_DRAWING = {"random_element": _random_element, "numerify": _numerify, "lexify": _lexify, "bothify": _bothify}


def traced(provider: Any) -> Any:
    """The provider, its drawing methods replaced on the instance, as some call ``super(self.__class__, self)``."""
    for name, method in _DRAWING.items():
        setattr(provider, name, method)
    return provider


class TracedGenerator:
    """Stands in for a provider's generator: it parses formats, and calls the methods of the other providers."""

    def __init__(self, method: Callable[[str], Callable[[], Any]]) -> None:
        self._method = method

    def parse(self, text: Any) -> Drawn:
        """The formats with their fields to be filled in."""
        return drawn_from(text).marked(parsed=True)

    def __getattr__(self, name: str) -> Callable[[], Any]:
        if name.startswith("_") or name == "random":
            raise AttributeError(name)
        return self._method(name)
