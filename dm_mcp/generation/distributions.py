"""How values spread between two ends: the option ``distribution`` of numbers, amounts and times.

A distribution is cut off at the ends of its field by construction: it becomes a table of pieces (`Piece`) between them,
each with its share of all rows and values evenly spread inside. A word picks a place in that table, so that nothing is
drawn twice and nothing piles up at the ends.

The smooth ones are cut into cells, whose shares are integrals of the density by Simpson's rule (`scales`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.columns import Ints
from dm_mcp.generation.histogram import Histogram
from dm_mcp.generation.registry import OptionError, Options, Place
from dm_mcp.generation.scales import Piece, Scale, Table, cells, exp, ln
from dm_mcp.generation.streams import Words, below, check_weights

__all__ = [
    "Distribution",
    "Exponential",
    "Histogram",
    "Lognormal",
    "Normal",
    "Scale",
    "Uniform",
    "Weighted",
    "Zipf",
    "check_distribution",
    "sampler",
]

_REACH = 8.0
"""Standard deviations from the mean beyond which a normal distribution has no values: one in 10**15 would be there."""

_MOST_MEANS = 40.0
"""Means behind the start beyond which an exponential distribution has no values: one in 10**17 would be there."""

_EXACT_RANKS = 256
_RANK_RATIO = 1.02


def _bell(z: float) -> float:
    return exp(-z * z / 2)


class Uniform(Options):
    """Each value is as likely: ``{"kind": "uniform"}``."""

    kind: Literal["uniform"]

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """One piece from end to end."""
        yield Piece(0.0, float(scale.count), 1.0)


class Normal(Options):
    """The bell curve round ``mean`` with the standard deviation ``sd``: ``{"kind": "normal", "mean": 40, "sd": 12}``.

    Both are those of the whole curve, before the field's ends cut it off.
    """

    kind: Literal["normal"]
    mean: float
    sd: float = Field(gt=0)

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """Cells of one width."""
        low = max(-_REACH, (scale.value(0) - self.mean) / self.sd)
        high = min(_REACH, (scale.value(scale.count) - self.mean) / self.sd)
        if low >= high:
            raise ValueError(f"a normal distribution with mean {self.mean:g} and sd {self.sd:g} has no values {scale}")
        for start, end, weight in cells(_bell, low, high):
            yield Piece(scale.place(self.mean + start * self.sd), scale.place(self.mean + end * self.sd), weight)


class Lognormal(Options):
    """Numbers above zero whose logarithm is normal: half lie below ``median``; ``sigma`` is the logarithm's deviation.

    Incomes, file sizes and order totals are like that: ``{"kind": "lognormal", "median": 80, "sigma": 0.6}``.
    """

    kind: Literal["lognormal"]
    median: float = Field(gt=0)
    sigma: float = Field(gt=0, le=20)

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """Cells of one ratio."""
        low, high = -_REACH, -_REACH
        if scale.value(0) > 0:
            low = max(low, self._deviations(scale.value(0)))
        if scale.value(scale.count) > 0:
            high = min(_REACH, self._deviations(scale.value(scale.count)))
        if low >= high:
            raise ValueError(
                f"a lognormal distribution with median {self.median:g} and sigma {self.sigma:g} has no values {scale}"
            )
        for start, end, weight in cells(_bell, low, high):
            first, last = (self.median * exp(self.sigma * z) for z in (start, end))
            yield Piece(scale.place(first), scale.place(last), weight)

    def _deviations(self, value: float) -> float:
        return ln(value / self.median) / self.sigma


class Exponential(Options):
    """Ever fewer values from the field's lower end on, with that ``mean`` if no upper end cut it off.

    Waiting times are like that: ``{"kind": "exponential", "mean": 30}``.
    """

    kind: Literal["exponential"]
    mean: float

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """Cells of one width."""
        distance = self.mean - scale.low
        if distance <= 0:
            raise ValueError(f"the mean {self.mean:g} of an exponential distribution is not above min {scale.low:g}")
        start = scale.value(0)
        high = min(_MOST_MEANS, (scale.value(scale.count) - start) / distance)
        for first, last, weight in cells(lambda x: exp(-x), 0.0, high):
            yield Piece(scale.place(start + first * distance), scale.place(start + last * distance), weight)


class Zipf(Options):
    """Value number k from the lower end, counted from 1, comes in proportion to ``1 / k**s``.

    Few things are popular and many are not: ``{"kind": "zipf", "s": 1.1}`` (G. K. Zipf, 1949).
    """

    kind: Literal["zipf"]
    s: float = Field(gt=0, le=20)

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """The first ranks one by one, the others in groups that grow with the rank."""
        exact = min(scale.count, _EXACT_RANKS)
        for rank in range(1, exact + 1):
            yield Piece(rank - 1.0, float(rank), exp(-self.s * ln(rank)))
        start = float(exact)
        while start < scale.count:
            end = min(float(scale.count), math.floor(start * _RANK_RATIO) + 1.0)
            # Rank k stands for the numbers from k - 1/2 to k + 1/2; by Simpson's rule.
            first, last = start + 0.5, end + 0.5
            heights = [exp(-self.s * ln(x)) for x in (first, (first + last) / 2, last)]
            yield Piece(start, end, (heights[0] + 4 * heights[1] + heights[2]) * (last - first) / 6)
            start = end


class WeightedRange(Options):
    """Values from ``from`` to ``to``, both included, with their share of all relative to other ranges."""

    from_: float = Field(alias="from")
    to: float
    weight: float = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ > self.to:
            raise ValueError(f"from {self.from_:g} is greater than to {self.to:g}")
        return self


class Weighted(Options):
    """Ranges with their weights, or values with theirs.

    ``{"kind": "weighted", "ranges": [{"from": 18, "to": 30, "weight": 3}, {"from": 31, "to": 99, "weight": 1}]}``, or
    ``{"kind": "weighted", "values": [1, 6, 12], "weights": [5, 3, 2]}``. Values of a range are as likely as each other.
    """

    kind: Literal["weighted"]
    ranges: list[WeightedRange] = Field(default_factory=list[WeightedRange])
    values: list[float] = Field(default_factory=list[float])
    weights: list[float] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.ranges) == bool(self.values):
            raise ValueError("a weighted distribution has either ranges or values, and at least one of them")
        if self.ranges and self.weights is not None:
            raise ValueError("each range has its own weight; weights go with values")
        check_weights(self._weights, len(self.ranges or self.values))
        return self

    @property
    def _weights(self) -> list[float]:
        if self.ranges:
            return [each.weight for each in self.ranges]
        return [1.0] * len(self.values) if self.weights is None else self.weights

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """A range or a value each."""
        ends = [(each.from_, each.to) for each in self.ranges] or [(value, value) for value in self.values]
        for (first, last), weight in zip(ends, self._weights, strict=True):
            for name, end in (("from", first), ("to", last)) if self.ranges else (("value", first),):
                if not scale.low <= end <= scale.high:
                    raise ValueError(f"{name} {end:.15g} of a weighted distribution does not lie {scale}")
            # The places of the first and last value in the range; far less than a step is a matter of rounding.
            start = math.ceil(scale.place(first) - 0.5 - 1e-6)
            end = math.floor(scale.place(last) - 0.5 + 1e-6) + 1
            if start >= end:
                raise ValueError(f"no value lies from {first:.15g} to {last:.15g}, steps being {scale.step:g}")
            yield Piece(float(start), float(end), float(weight))


def _told(error: ValidationError) -> str:
    """The first mistake in words: an unknown key before the others."""
    found = error.errors()
    details: Any = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    where = ".".join(str(part) for part in details["loc"] if part not in _KINDS)
    match details["type"]:
        case "value_error":
            return str(details["ctx"]["error"])
        case "union_tag_invalid":
            return f"there is no kind {details['ctx']['tag']!r}; the kinds are {', '.join(_KINDS)}"
        case "union_tag_not_found":
            return f"it has no kind; the kinds are {', '.join(_KINDS)}"
        case "extra_forbidden":
            kind = next((part for part in details["loc"] if part in _KINDS), "")
            allowed = [each.alias or name for name, each in _KINDS[kind].model_fields.items()] if kind else []
            return f"unknown key {where!r}" + (f"; a {kind} one has {', '.join(allowed)}" if allowed else "")
        case "missing":
            return f"{where} is missing"
        case _:
            message = str(details["msg"])
            return f"{where or 'it'}: {message[:1].lower()}{message[1:]}, not {details['input']!r}"


_KINDS: dict[str, type[Options]] = {
    "uniform": Uniform,
    "normal": Normal,
    "lognormal": Lognormal,
    "exponential": Exponential,
    "zipf": Zipf,
    "weighted": Weighted,
    "histogram": Histogram,
}


def _in_one_line(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError as error:
        raise ValueError(f"option 'distribution': {_told(error)}") from None


Distribution = Annotated[
    Uniform | Normal | Lognormal | Exponential | Zipf | Weighted | Histogram,
    Field(discriminator="kind"),
    WrapValidator(_in_one_line),
]
"""The option ``distribution`` of a field type."""


def check_distribution(distribution: Distribution | None, scale: Scale) -> None:
    """Raises ValueError for a distribution that has no values on that scale; a file is not read for it."""
    if distribution is None or isinstance(distribution, Uniform):
        return
    if isinstance(distribution, Histogram) and distribution.file is not None:
        return
    try:
        _table(distribution, scale)
    except ValueError as error:
        raise ValueError(f"option 'distribution': {error}") from None


def sampler(distribution: Distribution, scale: Scale, place: Place) -> Callable[[Words], Ints]:
    """A function from words to the numbers of values on the scale, from 0 up to its count; one word a row.

    A histogram's file is read from the place's workspace. Raises OptionError where it holds no histogram, and for a
    distribution that has no values on that scale.
    """
    if isinstance(distribution, Uniform):
        return lambda words: below(words, scale.count).view(np.int64)
    try:
        if isinstance(distribution, Histogram):
            distribution = distribution.read(place.surroundings.read_file)
        return Table(_table(distribution, scale), scale.count).pick
    except InvalidRequest as error:
        raise OptionError(error.message, hint=error.hint, option="distribution") from error
    except ValueError as error:
        raise OptionError(f"option 'distribution': {error}", option="distribution") from None


def _table(distribution: Distribution, scale: Scale) -> list[Piece]:
    if scale.count > 2**53:
        raise ValueError("the field's ends are more than 2**53 values apart, too far for a distribution")
    table = [piece for piece in distribution.pieces(scale) if piece.weight > 0]
    if not table:
        raise ValueError(f"a {distribution.kind} distribution has no values {scale}")
    return table
