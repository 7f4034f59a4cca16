"""Floats as text: all at once as integers are where a few digits say them exactly, one by one elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import FloatColumn, Ints
from dm_mcp.generation.render.digits import fixed_point_text
from dm_mcp.generation.render.parts import Part, slices_of
from dm_mcp.generation.render.unfit import require

__all__ = ["fixed_point", "float_text"]

_EXACT_FLOAT = 10**15  # decimals of so many digits come back from the nearest float unchanged


def float_text(column: FloatColumn, not_finite: str, hint: str) -> list[Part]:
    """The ``repr`` of each float. Raises Unfit with the row, this reason and hint for NaN and infinity."""
    require(np.isfinite(column.values), column.null, not_finite, hint)
    values = column.values if column.null is None else np.where(column.null, 0.0, column.values)
    fixed = fixed_point(values)
    if fixed:
        return fixed_point_text(*fixed)
    return [slices_of([repr(value).encode() for value in values.tolist()])]


def fixed_point(values: NDArray[np.float64]) -> tuple[Ints, int] | None:
    """Finite floats as ``unscaled, scale`` when a few digits after the point say all of them exactly as ``repr`` does.

    Then they can be written as integers are, forty times as fast. Negative zeros are left to ``repr``.
    """
    if not (np.abs(values) < _EXACT_FLOAT / 10).all() or (np.signbit(values) & (values == 0)).any():
        return None
    for scale in (1, 2, 3, 4, 6):
        if _unscaled(values[:64], scale) is not None and (unscaled := _unscaled(values, scale)) is not None:
            return unscaled, scale
    return None


def _unscaled(values: NDArray[np.float64], scale: int) -> Ints | None:
    unscaled = np.rint(values * 10**scale)
    exact = (np.abs(unscaled) < _EXACT_FLOAT).all() and np.array_equal(unscaled / 10**scale, values)
    return unscaled.astype(np.int64) if exact else None
