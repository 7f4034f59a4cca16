"""number, float, boolean."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generation.templates import values

int64 = st.integers(-(2**63), 2**63 - 1)


def test_a_number_lies_between_its_ends_and_reaches_both() -> None:
    assert set(values("number", options={"min": -2, "max": 2})) == {-2, -1, 0, 1, 2}


@given(ends=st.tuples(int64, int64))
@settings(max_examples=25)
def test_any_range_of_int64_can_be_asked_for(ends: tuple[int, int]) -> None:
    low, high = sorted(ends)
    assert all(low <= value <= high for value in values("number", 20, {"min": low, "max": high}))


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
