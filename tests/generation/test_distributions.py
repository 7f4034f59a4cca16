"""How values spread: every kind of distribution, cut off at the ends of its field."""

import json
import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.columns import Ints
from dm_mcp.generation.distributions import Distribution, Scale, check_distribution, sampler
from dm_mcp.generation.registry import OptionError, Place
from dm_mcp.generation.scales import exp, ln
from dm_mcp.generation.streams import Stream
from dm_mcp.generation.surroundings import Surroundings

ROWS = 100_000
FINE = Scale(0.0, 100.0, 10_000_001)
Cdf = Callable[[float], float]
adapter: TypeAdapter[Distribution] = TypeAdapter(Distribution)


class Files(Surroundings):
    """A workspace of some files."""

    def __init__(self, **files: str) -> None:
        self.files = files

    def read_file(self, path: str) -> str:
        try:
            return self.files[path]
        except KeyError:
            raise InvalidRequest(f"there is no file {path!r}.") from None


def drawn(distribution: dict[str, Any], scale: Scale, seed: int = 5, **files: str) -> Ints:
    """The numbers of the values of many rows."""
    place = Place("f", "en_US", {"f": "number"}, surroundings=Files(**files))
    draw = sampler(adapter.validate_python(distribution), scale, place)
    return draw(Stream(seed, "t", "f").words(0, ROWS))


def distance(values: NDArray[np.floating[Any]], cdf: Cdf) -> float:
    """The statistic of Kolmogorov and Smirnov: the widest gap to the distribution function, times the root of n."""
    ordered = np.sort(values)
    expected = np.array([cdf(value) for value in ordered.tolist()])
    ranks = np.arange(len(ordered) + 1) / len(ordered)
    gap = max(float(np.max(ranks[1:] - expected)), float(np.max(expected - ranks[:-1])))
    return gap * math.sqrt(len(ordered))


def between(cdf: Cdf, low: float, high: float) -> Cdf:
    """The distribution function of what lies between two ends."""
    first, last = cdf(low), cdf(high)
    return lambda x: (cdf(x) - first) / (last - first)


def straight(x: float) -> float:
    return x


def lognormal(median: float, sigma: float) -> Cdf:
    return lambda x: NormalDist().cdf(math.log(x / median) / sigma) if x > 0 else 0.0


def exponential(mean: float) -> Cdf:
    return lambda x: 1 - math.exp(-x / mean)


FORMS: list[tuple[dict[str, Any], Cdf]] = [
    ({"kind": "uniform"}, straight),
    ({"kind": "normal", "mean": 40, "sd": 12}, NormalDist(40, 12).cdf),
    ({"kind": "normal", "mean": -10, "sd": 30}, NormalDist(-10, 30).cdf),
    ({"kind": "normal", "mean": 50, "sd": 500}, NormalDist(50, 500).cdf),
    ({"kind": "normal", "mean": 50, "sd": 0.01}, NormalDist(50, 0.01).cdf),
    ({"kind": "lognormal", "median": 8, "sigma": 0.6}, lognormal(8, 0.6)),
    ({"kind": "lognormal", "median": 80, "sigma": 2}, lognormal(80, 2)),
    ({"kind": "exponential", "mean": 10}, exponential(10)),
    ({"kind": "exponential", "mean": 1000}, exponential(1000)),
    ({"kind": "weighted", "ranges": [{"from": 0, "to": 100}]}, straight),
    ({"kind": "histogram", "edges": [-100, 300], "counts": [5]}, straight),
]


@pytest.mark.parametrize(("distribution", "cdf"), FORMS, ids=[str(distribution) for distribution, _ in FORMS])
def test_values_follow_the_distribution_cut_off_at_the_ends(distribution: dict[str, Any], cdf: Cdf) -> None:
    values = drawn(distribution, FINE) * FINE.step
    assert values.min() >= 0
    assert values.max() <= 100
    assert distance(values, between(cdf, 0.0, 100.0)) < 1.63  # surpassed once in a hundred seeds


def test_the_far_tail_of_a_normal_distribution_has_its_own_form() -> None:
    """Seven deviations off, where a table of the whole curve would have one step left."""
    values = drawn({"kind": "normal", "mean": -7, "sd": 1}, Scale(0.0, 1.0, 1_000_001)) * 1e-6
    # By symmetry; the distribution function itself is too near to 1 up there.
    upside_down = between(NormalDist().cdf, -8, -7)

    def tail(x: float) -> float:
        return 1 - upside_down(-7 - x)

    assert distance(values, tail) < 1.63


def chi_square(counts: Any, shares: Any) -> float:
    """The statistic of Pearson, as deviations from what is expected of it."""
    expected = np.asarray(shares) / np.sum(shares) * np.sum(counts)
    statistic = float(np.sum((np.asarray(counts) - expected) ** 2 / expected))
    freedom = len(expected) - 1
    return (statistic - freedom) / math.sqrt(2 * freedom)


@pytest.mark.parametrize("s", [0.5, 1.0, 1.1, 2.5])
@pytest.mark.parametrize("count", [10, 1024, 100_000])
def test_ranks_come_by_zipfs_law_however_many_there_are(s: float, count: int) -> None:
    ranks = drawn({"kind": "zipf", "s": s}, Scale(1.0, float(count), count)) + 1
    shares = np.arange(1, count + 1, dtype=np.float64) ** -s
    # Neighbouring ranks together, so that each group has rows enough.
    edges = np.unique(np.searchsorted(np.cumsum(shares) / shares.sum(), np.linspace(0.02, 1 - 1e-9, 50)))
    starts = np.concatenate([[0], edges[:-1] + 1])
    counts = np.add.reduceat(np.bincount(ranks - 1, minlength=count), starts)
    assert counts.sum() == ROWS
    assert chi_square(counts, np.add.reduceat(shares, starts)) < 3.5


def test_a_zipf_distribution_goes_on_over_the_widest_range() -> None:
    ranks = drawn({"kind": "zipf", "s": 0.2}, Scale(1.0, 2.0**53, 2**53))
    assert ranks.max() > 2**52
    assert ranks.min() >= 0


@pytest.mark.parametrize(
    ("distribution", "shares"),
    [
        ({"kind": "uniform"}, [1] * 11),
        ({"kind": "weighted", "values": [0, 5, 10], "weights": [1, 3, 6]}, [1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 6]),
        ({"kind": "weighted", "values": [2, 3]}, [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
        (
            {"kind": "weighted", "ranges": [{"from": 0, "to": 1, "weight": 4}, {"from": 8, "to": 10, "weight": 6}]},
            [2, 2, 0, 0, 0, 0, 0, 0, 2, 2, 2],
        ),
        ({"kind": "histogram", "edges": [0, 2, 4, 11], "counts": [2, 6, 7]}, [1, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1]),
        ({"kind": "histogram", "edges": [-4, 2, 20], "counts": [6, 18]}, [1] * 11),
        ({"kind": "exponential", "mean": 1 / math.log(2)}, [0.5**k for k in range(11)]),
        ({"kind": "normal", "mean": 5, "sd": 1e-9}, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
    ],
    ids=str,
)
def test_whole_numbers_have_their_shares(distribution: dict[str, Any], shares: list[float]) -> None:
    counts = np.bincount(drawn(distribution, Scale(0.0, 10.0, 11)), minlength=11)
    there = np.array(shares) > 0
    assert (counts > 0).tolist() == there.tolist()
    if there.sum() > 1:
        assert chi_square(counts[there], np.array(shares)[there]) < 3.5


@pytest.mark.parametrize(
    "text",
    [
        "0,2\n2,6\n4,7\n11,\n",
        "lower,count\n0,2\n2,6\n4,7\n11\n",
        '\n"0", 2\n"2", 6\n"4", 7\n"11"',
        json.dumps({"edges": [0, 2, 4, 11], "counts": [2, 6, 7]}),
    ],
)
def test_a_histogram_may_lie_in_a_file(text: str) -> None:
    inline = drawn({"kind": "histogram", "edges": [0, 2, 4, 11], "counts": [2, 6, 7]}, Scale(0.0, 10.0, 11))
    assert np.array_equal(drawn({"kind": "histogram", "file": "f"}, Scale(0.0, 10.0, 11), f=text), inline)


def test_the_last_bin_of_a_file_is_as_wide_as_the_one_before_it() -> None:
    made = drawn({"kind": "histogram", "file": "f"}, Scale(0.0, 10.0, 11), f="0,1\n2,1\n4,1")
    assert set(made.tolist()) == set(range(6))


@pytest.mark.parametrize("x", [1e-300, 0.1, 0.5, 0.75, 1.0, 1.5, 2.0, 3.7, 1e9, 2.0**64, 1e300])
def test_our_own_logarithm_and_power_are_right(x: float) -> None:
    assert ln(x) == pytest.approx(math.log(x), rel=1e-13, abs=1e-13)
    assert exp(ln(x)) == pytest.approx(x, rel=1e-12)
    assert exp(-x / 1e300) == pytest.approx(math.exp(-x / 1e300), rel=1e-14)
    assert exp(-min(x, 700)) == pytest.approx(math.exp(-min(x, 700)), rel=1e-12)


def test_the_table_stays_the_same() -> None:
    """Golden: a change here changes the rows of everybody's seeds."""
    normal, zipf = {"kind": "normal", "mean": 40, "sd": 12}, {"kind": "zipf", "s": 1}
    assert drawn(normal, FINE)[:3].tolist() == [2089468, 5836537, 4913840]
    assert drawn(zipf, FINE)[:3].tolist() == [0, 3494263, 240531]


@pytest.mark.parametrize(
    ("distribution", "says"),
    [
        ({}, "it has no kind; the kinds are uniform, normal, lognormal, exponential, zipf, weighted, histogram"),
        ({"kind": "gauss"}, "there is no kind 'gauss'; the kinds are uniform, normal"),
        ("normal", "input should be a valid dictionary or object"),
        ({"kind": "normal", "mean": 5}, "sd is missing"),
        ({"kind": "normal", "mean": 5, "sigma": 1}, "unknown key 'sigma'; a normal one has kind, mean, sd"),
        ({"kind": "normal", "mean": 5, "sd": 0}, "sd: input should be greater than 0, not 0"),
        ({"kind": "normal", "mean": "x", "sd": 1}, "mean: input should be a valid number"),
        ({"kind": "normal", "mean": 5000, "sd": 1}, "a normal distribution with mean 5000 and sd 1 has no values"),
        ({"kind": "lognormal", "median": -5, "sigma": 1}, "median: input should be greater than 0, not -5"),
        ({"kind": "lognormal", "median": 1e9, "sigma": 0.1}, "has no values between 0 and 10"),
        ({"kind": "exponential", "mean": -1}, "the mean -1 of an exponential distribution is not above min 0"),
        ({"kind": "zipf", "s": 0}, "s: input should be greater than 0, not 0"),
        ({"kind": "weighted"}, "either ranges or values"),
        ({"kind": "weighted", "values": [1], "ranges": [{"from": 1, "to": 2}]}, "either ranges or values"),
        ({"kind": "weighted", "values": [1, 2], "weights": [1]}, "there are 1 weights for 2 values"),
        ({"kind": "weighted", "values": [1], "weights": [0]}, "all weights are zero"),
        ({"kind": "weighted", "values": [11]}, "value 11 of a weighted distribution does not lie between 0 and 10"),
        ({"kind": "weighted", "ranges": [{"from": 2, "to": 1}]}, "from 2 is greater than to 1"),
        ({"kind": "weighted", "ranges": [{"from": 2, "to": 99}]}, "to 99 of a weighted distribution does not lie"),
        ({"kind": "weighted", "ranges": [{"from": 2.2, "to": 2.3}]}, "no value lies from 2.2 to 2.3, steps being 1"),
        ({"kind": "weighted", "ranges": [{"from": 2}]}, "ranges.0.to is missing"),
        ({"kind": "weighted", "ranges": [{"from": 1, "to": 2}], "weights": [1]}, "each range has its own weight"),
        ({"kind": "histogram"}, "two at least, not 0 edges for 0 counts"),
        ({"kind": "histogram", "edges": [1, 2, 3], "counts": [1]}, "not 3 edges for 1 counts"),
        ({"kind": "histogram", "edges": [1, 3, 2], "counts": [1, 1]}, "ascend, but 2 follows 3"),
        ({"kind": "histogram", "edges": [1, 2], "counts": [-1]}, "weight -1.0 is not a number from zero to 1e+100"),
        ({"kind": "histogram", "edges": [50, 60], "counts": [1]}, "a histogram distribution has no values between"),
        ({"kind": "histogram", "edges": [1, 2], "counts": [1], "file": "f"}, "either a file or edges and counts"),
    ],
    ids=str,
)
def test_a_wrong_distribution_is_told(distribution: Any, says: str) -> None:
    with pytest.raises(ValueError, match="option 'distribution': ") as caught:
        check_distribution(adapter.validate_python(distribution), Scale(0.0, 10.0, 11))
    message = caught.value.errors()[0]["msg"] if isinstance(caught.value, ValidationError) else str(caught.value)
    assert says in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,2,3", "line 1 is not an edge and a count, but '1,2,3'"),
        ("a,b\n1,x", "line 2 is not an edge and a count, but '1,x'"),
        ("1\n2,3", "line 2 follows one without a count"),
        ("1,1", "not 1 edges for 1 counts"),
        ("", "not 0 edges for 0 counts"),
        ('{"edges": [1, 2]}', "counts: field required"),
        ("{", "Expecting property name"),
        ("2,1\n1,1\n0", "ascend, but 1 follows 2"),
    ],
)
def test_a_wrong_file_of_a_histogram_is_told(text: str, says: str) -> None:
    with pytest.raises(OptionError, match="the file 'f' of a histogram: ") as caught:
        drawn({"kind": "histogram", "file": "f"}, Scale(0.0, 10.0, 11), f=text)
    assert says in caught.value.message
    assert caught.value.path == ("distribution",)


def test_a_missing_file_of_a_histogram_is_told() -> None:
    with pytest.raises(OptionError, match="there is no file 'f'"):
        drawn({"kind": "histogram", "file": "f"}, Scale(0.0, 10.0, 11))


def test_a_range_too_wide_for_a_distribution_is_told() -> None:
    with pytest.raises(OptionError, match="too far for a distribution"):
        drawn({"kind": "zipf", "s": 1}, Scale(0.0, 2.0**60, 2**60))


def test_one_value_alone_is_always_it() -> None:
    assert set(drawn({"kind": "normal", "mean": 5, "sd": 2}, Scale(5.0, 5.0, 1)).tolist()) == {0}
