"""PostgreSQL's binary numeric."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.render.numeric import numeric_bytes, numeric_matrix, require_scale
from dm_mcp.generation.render.unfit import Unfit

from . import binary_copy
from .columns import INT64, ints


@given(st.lists(INT64 | st.integers(-20_000, 20_000), min_size=1, max_size=6), st.integers(0, 40))
def test_integers_of_any_scale_are_exact(values: list[int], scale: int) -> None:
    matrix = numeric_matrix(ints(values), scale)
    assert [binary_copy.numeric(row.tobytes()) for row in matrix] == [Decimal(f"{v}E-{scale}") for v in values]
    assert (matrix[:, 6:8].copy().view(">i2") == scale).all()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None) | st.decimals(-(10**6), 10**6, places=2))
def test_decimals_are_exact_and_keep_their_digits(value: Decimal) -> None:
    data = numeric_bytes(value, None)
    assert binary_copy.numeric(data) == value
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    assert int.from_bytes(data[6:8]) == max(-exponent, 0)
    digits = data[8:]
    assert not digits or (any(digits[:2]) and any(digits[-2:])), "no zeros at the ends"


@given(st.integers(-(10**30), 10**30), st.integers(-8, 30), st.integers(0, 12))
def test_only_what_the_scale_would_cut_is_refused(unscaled: int, places: int, scale: int) -> None:
    value = Decimal(f"{unscaled}E{-places}")
    fits = places <= scale or unscaled % 10 ** (places - scale) == 0
    if fits:
        assert binary_copy.numeric(numeric_bytes(value, scale)) == value
    else:
        with pytest.raises(Unfit, match="more"):
            numeric_bytes(value, scale)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0000 0000 0000 0000"),
        ("-0.00", "0000 0000 0000 0002"),
        ("1", "0001 0000 0000 0000 0001"),
        ("10000", "0001 0001 0000 0000 0001"),
        ("-12345.678", "0003 0001 4000 0003 0001 0929 1a7c"),
        ("0.0001", "0001 ffff 0000 0004 0001"),
        ("1E+4", "0001 0001 0000 0000 0001"),
        ("NaN", "0000 0000 c000 0000"),
        ("Infinity", "0000 0000 d000 0000"),
        ("-Infinity", "0000 0000 f000 0000"),
    ],
)
def test_known_values(text: str, expected: str) -> None:
    """As `numeric_send` of PostgreSQL gives them."""
    assert numeric_bytes(Decimal(text), None) == bytes.fromhex(expected)


def test_a_negative_scale_keeps_multiples_only() -> None:
    assert binary_copy.numeric(numeric_bytes(Decimal(1200), -2)) == 1200
    with pytest.raises(Unfit, match="multiples of 1e2"):
        numeric_bytes(Decimal(1250), -2)
    with pytest.raises(Unfit, match="multiples of 1e2") as caught:
        require_scale(ints([1200, 1250]), 0, -2, None)
    assert caught.value.index == 1


def test_a_row_that_is_null_may_have_any_digits() -> None:
    require_scale(ints([1, 100]), 2, 0, np.array([True, False]))
    require_scale(ints([0, 0]), 30, 2, None)
    with pytest.raises(Unfit):
        require_scale(ints([0, 1]), 30, 2, None)


@pytest.mark.parametrize("value", [Decimal("sNaN"), Decimal("1E+131072"), Decimal("1E-16384")])
def test_what_numeric_can_not_hold_is_refused(value: Decimal) -> None:
    with pytest.raises(Unfit):
        numeric_bytes(value, None)


def test_the_limits_themselves_are_held() -> None:
    for value in (Decimal("1E+131071"), Decimal("1E-16383")):
        assert binary_copy.numeric(numeric_bytes(value, None)) == value
