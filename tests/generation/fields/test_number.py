"""number, float, boolean."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dm_mcp.errors import TemplateError
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import compiled, numbered, values

int64 = st.integers(-(2**63), 2**63 - 1)


def test_a_number_lies_between_its_ends_and_reaches_both() -> None:
    assert set(values("number", options={"min": -2, "max": 2})) == {-2, -1, 0, 1, 2}


@given(ends=st.tuples(int64, int64))
@settings(max_examples=25)
def test_any_range_of_int64_can_be_asked_for(ends: tuple[int, int]) -> None:
    low, high = sorted(ends)
    assert all(low <= value <= high for value in values("number", 20, {"min": low, "max": high}))


def test_a_number_can_be_text() -> None:
    assert set(values("number", options={"min": -1, "max": 1, "stringify": True})) == {"-1", "0", "1"}
    field = {"name": "n", "type": "number", "options": {"stringify": True}}
    assert compiled(field).schema[0].type is ColumnType.TEXT


NORMAL = {"kind": "normal", "mean": 30, "sd": 4}


@pytest.mark.parametrize("type_name", ["number", "float"])
def test_numbers_spread_as_asked_for(type_name: str) -> None:
    made = values(type_name, 20_000, {"min": 0, "max": 100, "distribution": NORMAL})
    assert np.mean(made) == pytest.approx(30, abs=0.1)
    assert np.std(made) == pytest.approx(4, abs=0.1)


def test_a_float_with_a_distribution_keeps_its_decimal_places() -> None:
    made = values(
        "float", 500, {"min": 0, "max": 1, "precision": 1, "distribution": {"kind": "exponential", "mean": 1}}
    )
    assert set(made) == {step / 10 for step in range(11)}


@pytest.mark.parametrize(
    ("type_name", "options", "count", "reason"),
    [
        ("number", {"min": -2, "max": 2}, 5, "whole numbers from -2 to 2"),
        ("number", {"min": -(2**63), "max": 2**63 - 1}, 2**63 - 1, "whole numbers from"),
        ("number", {"min": 5, "max": 9, "stringify": True}, 5, "whole numbers from 5 to 9"),
        ("float", {"min": -1, "max": 1.5, "precision": 1}, 26, "numbers of 1 decimal places from -1 to 1.5"),
        ("boolean", {}, 2, "true and false"),
        ("boolean", {"true": 0}, 1, "one truth value"),
        ("boolean", {"true": 1}, 1, "one truth value"),
    ],
)
def test_the_values_can_be_numbered(type_name: str, options: dict[str, Any], count: int, reason: str) -> None:
    made = numbered(type_name, options)
    assert (made.count, reason in made.reason) == (count, True)
    assert len(set(made.values)) == min(count, 1000)
    if count < 1000:
        assert set(made.values) == set(values(type_name, 500, options))


@pytest.mark.parametrize("type_name", ["number", "float"])
def test_values_that_a_distribution_repeats_have_no_numbers(type_name: str) -> None:
    assert numbered(type_name, {"distribution": NORMAL}).count is None


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("number", {"min": 2, "max": 1}, "min 2 is greater than max 1"),
        ("number", {"stringify": "perhaps"}, "option 'stringify' of type 'number': input should be a valid boolean"),
        ("number", {"distribution": {"kind": "normal"}}, "option 'distribution': mean is missing"),
        (
            "number",
            {"min": 99, "distribution": NORMAL},
            "option 'distribution': a normal distribution with mean 30",
        ),
        ("number", {"max": 2**60, "distribution": NORMAL}, "too far for a distribution"),
        ("number", {"distribution": {"kind": "histogram", "file": "ages.csv"}}, "there is no file 'ages.csv'"),
        ("float", {"distribution": {"kind": "zipf"}}, "option 'distribution': s is missing"),
        ("float", {"min": 0.01, "max": 0.02, "precision": 1}, "no number with precision 1"),
        ("boolean", {"true": 2}, "option 'true' of type 'boolean'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


def test_a_float_has_no_more_places_than_asked_for() -> None:
    made = values("float", options={"min": -1, "max": 1.5, "precision": 1})
    assert set(made) == {round(-1 + step / 10, 1) for step in range(26)}


@given(
    low=st.integers(-(10**6), 10**6), width=st.integers(0, 10**6), precision=st.integers(0, 6), seed=st.integers(0, 99)
)
@settings(max_examples=25)
def test_a_float_lies_between_its_ends(low: int, width: int, precision: int, seed: int) -> None:
    ends = (low / 10**precision, (low + width) / 10**precision)
    made = values("float", 20, {"min": ends[0], "max": ends[1], "precision": precision}, seed=seed)
    assert all(ends[0] <= value <= ends[1] and round(value, precision) == value for value in made)


def test_a_boolean_is_true_as_often_as_asked_for() -> None:
    assert 550 < sum(values("boolean", options={"true": 0.3})) < 650
    assert set(values("boolean", options={"true": 1})) == {True}
    assert set(values("boolean", options={"true": 0})) == {False}
