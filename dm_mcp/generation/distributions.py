"""How values spread between two ends: the option ``distribution`` of numbers, amounts and times.

A distribution is cut off at the ends of its field by construction: it becomes a table of pieces (`Piece`) between them,
each with its share of all rows and values evenly spread inside. A word picks a place in that table, so that nothing is
drawn twice and nothing piles up at the ends.

The smooth ones are cut into `_CELLS` cells, whose shares are integrals of the density by Simpson's rule. Nothing but
+ - * / is in the way to them, which IEEE 754 rounds alike everywhere (`math.exp` may differ in its last bit from one
machine to the next): every machine has the same tables and makes the same rows.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError, WrapValidator, model_validator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.columns import Ints
from dm_mcp.generation.registry import OptionError, Options, Place
from dm_mcp.generation.streams import Words, below, check_weights, unit_floats

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
    "exp",
    "ln",
    "sampler",
]

_CELLS = 1024
_REACH = 8.0
"""Standard deviations from the mean beyond which a normal distribution has no values: one in 10**15 would be there."""

_MOST_MEANS = 40.0
"""Means behind the start beyond which an exponential distribution has no values: one in 10**17 would be there."""

_EXACT_RANKS = 256
_RANK_RATIO = 1.02

_LN_2 = 0.6931471805599453
_LN_THREE_QUARTERS = -0.2876820724517809


def exp(x: float) -> float:
    """The power of e, by Taylor's series of what is left after powers of two; good to 14 digits."""
    twos = round(x / _LN_2)
    rest = x - twos * _LN_2
    term = total = 1.0
    for n in range(1, 15):
        term = term * rest / n
        total += term
    return math.ldexp(total, twos)


def ln(x: float) -> float:
    """The natural logarithm of a number above zero, by the series of the inverse hyperbolic tangent."""
    fraction, twos = math.frexp(x)
    ratio = (fraction - 0.75) / (fraction + 0.75)
    square = ratio * ratio
    total, power = 0.0, ratio
    for n in range(1, 28, 2):
        total += power / n
        power *= square
    return 2 * total + twos * _LN_2 + _LN_THREE_QUARTERS


class Piece(NamedTuple):
    """Places from ``start`` to ``end``, evenly spread, with their share of all rows relative to the other pieces."""

    start: float
    end: float
    weight: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The values of a field: ``count`` of them, evenly spaced from ``low`` to ``high``.

    Value number i takes the places from i to i + 1, so that a number is rounded to the value nearest to it.
    """

    low: float
    high: float
    count: int

    @property
    def step(self) -> float:
        """From one value to the next."""
        return (self.high - self.low) / (self.count - 1) if self.count > 1 else 1.0

    def place(self, value: float) -> float:
        """Where that number lies, from 0 to count for those that are rounded to one of the values."""
        return (value - self.low) / self.step + 0.5

    def value(self, place: float) -> float:
        """The number that lies there."""
        return self.low + (place - 0.5) * self.step

    def inside(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """What of the pieces lies between the ends."""
        for start, end, weight in pieces:
            first, last = max(start, 0.0), min(end, float(self.count))
            if first < last and weight > 0:
                yield Piece(first, last, weight * ((last - first) / (end - start)))

    def __str__(self) -> str:
        return f"between {self.low:.15g} and {self.high:.15g}"


def _cells(density: Callable[[float], float], low: float, high: float) -> Iterator[Piece]:
    """The area under a density from low to high in cells of one width."""
    width = (high - low) / (2 * _CELLS)
    nodes = [low + i * width for i in range(2 * _CELLS)] + [high]
    heights = [density(node) for node in nodes]
    for i in range(0, 2 * _CELLS, 2):
        yield Piece(nodes[i], nodes[i + 2], heights[i] + 4 * heights[i + 1] + heights[i + 2])


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
        for start, end, weight in _cells(_bell, low, high):
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
        for start, end, weight in _cells(_bell, low, high):
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
        for first, last, weight in _cells(lambda x: exp(-x), 0.0, high):
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


class Histogram(Options):
    """Counts of what was seen between edges, each bin without its upper one.

    ``{"kind": "histogram", "edges": [0, 18, 65, 100], "counts": [20, 60, 20]}``, or ``{"kind": "histogram", "file":
    "ages.csv"}``: a file of the workspace, either JSON with ``edges`` and ``counts``, or CSV lines of a bin's lower
    edge and its count. A last line without a count is the last edge; else the last bin is as wide as the one before.
    Bins beyond the field's ends are left out.
    """

    kind: Literal["histogram"]
    edges: list[float] = Field(default_factory=list[float])
    counts: list[float] = Field(default_factory=list[float])
    file: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.file is None:
            _check_bins(self.edges, self.counts)
        elif self.edges or self.counts:
            raise ValueError("a histogram has either a file or edges and counts")
        return self

    def read(self, read_file: Callable[[str], str]) -> Histogram:
        """The histogram with its file's bins. Raises ValueError for a file that holds none."""
        if self.file is None:
            return self
        try:
            edges, counts = _parse_bins(read_file(self.file))
            _check_bins(edges, counts)
        except ValueError as error:
            raise ValueError(f"the file {self.file!r} of a histogram: {error}") from None
        return Histogram(kind="histogram", edges=edges, counts=counts)

    def pieces(self, scale: Scale) -> Iterator[Piece]:
        """A bin each, the part of it that lies between the ends."""
        bins = zip(pairwise(self.edges), self.counts, strict=True)
        # An edge belongs to the bin above it, so places are those of whole steps, and not of halves.
        places = (Piece(scale.place(low) - 0.5, scale.place(high) - 0.5, count) for (low, high), count in bins)
        yield from scale.inside(places)


def _check_bins(edges: list[float], counts: list[float]) -> None:
    if len(edges) < 2 or len(edges) != len(counts) + 1:
        raise ValueError(
            "a histogram has one edge more than counts, and two at least,"
            f" not {len(edges)} edges for {len(counts)} counts"
        )
    check_weights(counts, len(counts))
    for low, high in pairwise(edges):
        if not low < high:
            raise ValueError(f"the edges of a histogram ascend, but {high:g} follows {low:g}")


class _Bins(Options):
    edges: list[float]
    counts: list[float]


_bins: TypeAdapter[_Bins] = TypeAdapter(_Bins)


def _parse_bins(text: str) -> tuple[list[float], list[float]]:
    if text.lstrip().startswith("{"):
        try:
            bins = _bins.validate_python(json.loads(text))
        except ValidationError as error:
            raise ValueError(_told(error)) from None
        return bins.edges, bins.counts
    edges: list[float] = []
    counts: list[float] = []
    for number, line in enumerate(csv.reader(text.splitlines()), 1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or (number == 1 and not _is_number(cells[0])):
            continue  # a blank line, or the columns' names
        if len(counts) < len(edges):
            raise ValueError(f"line {number} follows one without a count")
        if len(cells) > 2 or not all(map(_is_number, filter(None, cells))) or not cells[0]:
            raise ValueError(f"line {number} is not an edge and a count, but {','.join(line)!r}")
        edges.append(float(cells[0]))
        counts += [float(cell) for cell in cells[1:] if cell]
    if len(edges) == len(counts) > 1:
        edges.append(2 * edges[-1] - edges[-2])
    return edges, counts


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


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
        return _Sampler(_table(distribution, scale), scale.count).pick
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


class _Sampler:
    """A table of pieces, and where the share of each begins."""

    def __init__(self, table: list[Piece], count: int) -> None:
        sums = [0.0, *accumulate(piece.weight for piece in table)]
        begins = [value / sums[-1] for value in sums]
        # A piece whose share is lost in rounding has no rows.
        kept = [i for i, (begin, end) in enumerate(pairwise(begins)) if begin < end]
        self._begin = np.array([begins[i] for i in kept], np.float64)
        self._start = np.array([table[i].start for i in kept], np.float64)
        self._slope = np.array(
            [(table[i].end - table[i].start) / (begins[i + 1] - begins[i]) for i in kept], np.float64
        )
        # The last place below the end of each piece, which rounding must not reach.
        self._last = np.array([math.nextafter(table[i].end, -1.0) for i in kept], np.float64)
        self._count = count

    def pick(self, words: Words) -> Ints:
        shares = unit_floats(words)
        piece = np.searchsorted(self._begin, shares, side="right") - 1
        places = self._start[piece] + (shares - self._begin[piece]) * self._slope[piece]
        steps = np.minimum(places, self._last[piece]).astype(np.int64)
        return np.clip(steps, 0, self._count - 1)
