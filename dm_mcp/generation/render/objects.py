"""Python values of one type back to arrays, so that what a script computed is rendered as fast as what we made."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from typing import Any

import numpy as np

from dm_mcp.generation.columns import (
    BooleanColumn,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    Mask,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.digits import FIRST_DAY, LAST_DAY

__all__ = ["typed_column"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _END = np.timedelta64(FIRST_DAY, "D"), np.timedelta64(LAST_DAY + 1, "D")
_STRICT = Context(prec=64, traps=[Inexact, InvalidOperation])
_MOST_SCALE = 18  # 10**18 is the largest power of ten in an int64


def typed_column(values: Sequence[Any], null: Mask | None, scale: int | None = None) -> Column | None:
    """The values as a column of arrays; None when they are of several types, or of one that needs a closer look.

    Decimals must have ``scale`` digits after the point or fewer, and all the same number of them when it is None.
    """
    kinds = set(map(type, values))
    kinds.discard(type(None))
    make = _MAKERS.get(kinds.pop()) if len(kinds) == 1 else None
    if make is None:
        return None
    if null is not None:
        some = next(value for value in values if value is not None)
        values = [some if value is None else value for value in values]
    return make(values, null, scale)


def _integers(values: Sequence[Any], null: Mask | None, _scale: int | None) -> Column | None:
    try:
        return IntegerColumn(np.array(values, np.int64), null=null)
    except OverflowError:
        return None


def _floats(values: Sequence[Any], null: Mask | None, _scale: int | None) -> Column | None:
    return FloatColumn(np.array(values, np.float64), null=null)


def _booleans(values: Sequence[Any], null: Mask | None, _scale: int | None) -> Column | None:
    return BooleanColumn(np.array(values, np.bool_), null=null)


def _decimals(values: Sequence[Any], null: Mask | None, scale: int | None) -> Column | None:
    if scale is None:
        exponent = values[0].as_tuple().exponent
        if not isinstance(exponent, int) or not all(map(values[0].same_quantum, values)):
            return None
        scale = -exponent
    if not 0 <= scale <= _MOST_SCALE:
        return None
    try:
        exact = map(_STRICT.quantize, values, itertools.repeat(Decimal((0, (1,), -scale))))
        unscaled = [int(value) for value in map(_STRICT.scaleb, exact, itertools.repeat(scale))]
        return DecimalColumn(np.array(unscaled, np.int64), scale, null=null)
    except (DecimalException, ValueError, OverflowError):  # too many digits, NaN or infinity, beyond int64
        return None


def _timestamps(values: Sequence[Any], null: Mask | None, _scale: int | None) -> Column | None:
    try:
        since = np.array([value - _EPOCH for value in values], "m8[us]")
    except TypeError:  # one has no time zone
        return None
    if since.min() < _FIRST or since.max() >= _END:  # the zone of one takes it out of the years that UTC can name
        return None
    return TimestampColumn(since.astype(np.int64), null=null)


def _dates(values: Sequence[Any], null: Mask | None, _scale: int | None) -> Column | None:
    days = np.fromiter(map(date.toordinal, values), np.int64, len(values))
    return DateColumn(days - _EPOCH.toordinal(), null=null)


def _uuids(values: Sequence[Any], null: Mask | None, _scale: int | None) -> Column | None:
    data = b"".join([value.bytes for value in values])
    return UuidColumn(np.frombuffer(data, np.uint8).reshape(-1, 16), null=null)


_MAKERS = {
    int: _integers,
    float: _floats,
    bool: _booleans,
    Decimal: _decimals,
    datetime: _timestamps,
    date: _dates,
    uuid.UUID: _uuids,
}
