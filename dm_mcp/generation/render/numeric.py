"""PostgreSQL's binary form of ``numeric``: int16 digit count, weight, sign and scale, then digits in base 10,000.

The format is that of ``numeric_send`` and ``numeric_recv`` in ``src/backend/utils/adt/numeric.c``: the weight is that
of the first digit as a power of 10,000, the scale counts decimal digits after the point.
"""

from __future__ import annotations

import struct
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import Bytes, Ints, Mask
from dm_mcp.generation.render.unfit import Unfit, require

__all__ = ["numeric_bytes", "numeric_matrix", "require_scale"]

_NEGATIVE, _NAN, _INFINITY, _MINUS_INFINITY = 0x4000, 0xC000, 0xD000, 0xF000
_MOST_WHOLE_DIGITS, _MOST_SCALE = 131_072, 16_383  # the documented limits of an unconstrained numeric
_ROUND_HINT = "Round it in the script or the template: nothing is rounded on the way."


def _too_fine(scale: int) -> str:
    if scale < 0:
        return f"the column keeps multiples of 1e{-scale} only"
    return f"the column keeps {scale} {'digit' if scale == 1 else 'digits'} after the point and the value has more"


def require_scale(unscaled: Ints, scale: int, most: int | None, null: Mask | None) -> None:
    """Raise Unfit for a row of ``unscaled / 10**scale`` with more than ``most`` digits after the point."""
    if most is None or scale <= most:
        return
    surplus = scale - most
    good = unscaled % 10**surplus == 0 if surplus < 19 else unscaled == 0
    require(good, null, _too_fine(most), _ROUND_HINT)


def numeric_matrix(unscaled: Ints, scale: int) -> Bytes:
    """``unscaled / 10**scale`` for any int64 and ``scale >= 0``, exact.

    Digits are aligned at the decimal point. All rows get as many as the largest value of the block needs; the server
    strips leading and trailing zeros itself (``numeric_recv`` ends in ``make_result``), so it stores what it would
    have made of the text.
    """
    negative = unscaled < 0
    bits = np.ascontiguousarray(unscaled, np.int64).view(np.uint64)
    rest = np.where(negative, 0 - bits, bits)  # that of the lowest int64 fits uint64 only
    base = np.uint64(10_000)
    groups: list[NDArray[np.uint64]] = []
    inside = scale % 4  # decimal digits in the last, partly filled group
    if inside:
        step = np.uint64(10**inside)
        above = rest // step
        groups.append((rest - above * step) * np.uint64(10 ** (4 - inside)))
        rest = above
    after_point = -(-scale // 4)
    while len(groups) <= after_point or rest.any():
        above = rest // base
        groups.append(rest - above * base)
        rest = above
    out = np.empty((len(unscaled), 4 + len(groups)), ">i2")
    out[:, 0] = len(groups)
    out[:, 1] = len(groups) - 1 - after_point
    out[:, 2] = np.where(negative, _NEGATIVE, 0)
    out[:, 3] = scale
    for at, group in enumerate(reversed(groups), 4):
        out[:, at] = group
    return out.view(np.uint8)


def numeric_bytes(value: Decimal, most: int | None) -> bytes:
    """One `Decimal` as numeric, with at most ``most`` digits after the point (None: any number).

    NaN and infinities are values of their own. Raises Unfit for a signalling NaN, too many digits after the point and
    what is beyond numeric's limits.
    """
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        if exponent == "N":
            raise Unfit("a signalling NaN is no number", "Use Decimal('NaN') or None.")
        return struct.pack(">hhHh", 0, 0, _NAN if exponent == "n" else _MINUS_INFINITY if sign else _INFINITY, 0)
    if most is not None and -exponent > most and any(digits[most + exponent :]):
        raise Unfit(_too_fine(most), _ROUND_HINT)
    scale = max(-exponent, 0) if most is None else min(max(-exponent, 0), max(most, 0))
    if scale > _MOST_SCALE or (any(digits) and value.adjusted() >= _MOST_WHOLE_DIGITS):
        raise Unfit(f"a numeric has at most {_MOST_WHOLE_DIGITS} digits before the point and {_MOST_SCALE} after it")
    text = "".join(map(str, digits)) if any(digits) else ""
    places = -exponent if text else 0
    if places > scale:  # zeros, as was checked above
        text, places = text[: len(text) - (places - scale)], scale
    text += "0" * (-places % 4 if places > 0 else -places)
    after_point = max(-(-places // 4), 0)
    text = text.zfill(-(-len(text) // 4) * 4)
    groups = [int(text[at : at + 4]) for at in range(0, len(text), 4)]
    weight = len(groups) - 1 - after_point
    first = next((at for at, group in enumerate(groups) if group), len(groups))
    groups = groups[first:]
    while groups and not groups[-1]:
        groups.pop()
    if not groups:
        return struct.pack(">hhHh", 0, 0, 0, scale)
    return struct.pack(f">hhHh{len(groups)}h", len(groups), weight - first, _NEGATIVE if sign else 0, scale, *groups)
