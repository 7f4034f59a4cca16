"""How busy the days of a window are."""

import math
from datetime import date
from itertools import pairwise
from typing import Literal

import pytest

from dm_mcp.generation.pattern import Pattern, day_weights

FIRST = date(2025, 1, 1).toordinal() - date(1970, 1, 1).toordinal()  # a Wednesday


def test_without_anything_every_day_is_alike() -> None:
    assert day_weights(Pattern(), FIRST, FIRST + 2).tolist() == [1, 1, 1]


def test_exponential_growth_is_the_same_percentage_a_day() -> None:
    weights = day_weights(Pattern(growth="exponential", factor=8), FIRST, FIRST + 99)
    ratios = {round(after / before, 12) for before, after in pairwise(weights.tolist())}
    assert ratios == {round(math.pow(8, 1 / 100), 12)}


@pytest.mark.parametrize("course", ["linear", "exponential", "s-curve"])
def test_growth_goes_from_one_to_the_factor_and_churn_the_other_way(
    course: Literal["linear", "exponential", "s-curve"],
) -> None:
    grown = day_weights(Pattern(growth=course, factor=20), FIRST, FIRST + 9999).tolist()
    assert (grown[0], grown[-1]) == (pytest.approx(1, rel=0.01), pytest.approx(20, rel=0.01))
    assert all(before < after for before, after in pairwise(grown))
    assert day_weights(Pattern(churn=course, factor=20), FIRST, FIRST + 9999).tolist() == grown[::-1]


def test_all_parts_of_a_pattern_are_multiplied() -> None:
    pattern = Pattern(seasons=[2, 5, *[1] * 10], weekdays=[1, 1, 3, 1, 1, 0, 0])
    january = day_weights(pattern, FIRST, FIRST + 6).tolist()
    assert january == [6, 2, 2, 0, 0, 2, 2]
    assert day_weights(pattern, FIRST + 31, FIRST + 33).tolist() == [0, 0, 5]  # 1 February is a Saturday
