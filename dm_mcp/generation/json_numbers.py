"""Numbers of JSON Schema as field types with their options."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any

from dm_mcp.generation.json_kinds import Kind, Unmet
from dm_mcp.generation.json_names import plain_name

__all__ = ["number_kind"]

Schema = Mapping[str, Any]

_LOWER = ("minimum", "exclusiveMinimum")
_UPPER = ("maximum", "exclusiveMaximum")

_USUAL = {"age": (18, 90)}
"""Where whole numbers of that name lie, as far as nothing else is said."""
_SPREAD = 1000
_MOST_MULTIPLES = 1000
_MOST_DIGITS = 15


def number_kind(name: str, schema: Schema, *, whole: bool) -> Kind:
    """The type for a number called ``name``; ``whole`` for an integer."""
    usual = _USUAL.get(plain_name(name)) if whole else None
    try:
        return _number_kind(schema, usual, whole=whole)
    except (DecimalException, OverflowError, ValueError):
        keyword = next(key for key in ("multipleOf", *_LOWER, *_UPPER) if key in schema)
        raise Unmet(keyword, "its numbers are not finite, or of too many digits") from None


def _number_kind(schema: Schema, usual: tuple[int, int] | None, *, whole: bool) -> Kind:
    step = _exact(schema.get("multipleOf"))
    if whole and (step is None or 1 % step == 0):
        step = Decimal(1)
    places = 0 if whole else _places(schema, step)
    unit = Decimal(1).scaleb(-places)
    low, high = _ends(schema, unit if step is None else max(step, unit), usual)
    if low > high or (whole and math.ceil(low) > math.floor(high)):
        raise _nothing_between(schema, whole=whole)
    if step is not None and step != unit:
        return _multiples(low, high, step, whole=whole)
    if whole:
        return Kind("number", {"min": math.ceil(low), "max": math.floor(high)})
    return Kind("float", {"min": float(low), "max": float(high), "precision": places})


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))


def _places(schema: Schema, step: Decimal | None) -> int:
    """Digits after the point: those of the step, or else two, or those of the ends."""
    if step is not None:
        return _digits_after_point(step)
    exact = [Decimal(repr(schema[key])) for key in (*_LOWER, *_UPPER) if key in schema]
    places = max([2, *map(_digits_after_point, exact)])
    largest = max([0, *(end.adjusted() + 1 for end in exact)])
    return max(0, min(places, _MOST_DIGITS - largest))


def _digits_after_point(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _nothing_between(schema: Schema, *, whole: bool) -> Unmet:
    lower, upper = ([f"{key} {schema[key]}" for key in keys if key in schema] for keys in (_LOWER, _UPPER))
    keyword = next(key for key in (*_UPPER, *_LOWER) if key in schema)
    if schema.get("minimum", 0) > schema.get("maximum", schema.get("minimum", 0)):
        return Unmet(keyword, f"{lower[0]} is greater than {upper[0]}")
    kind = "whole number" if whole else "number"
    return Unmet(keyword, f"no {kind} that can be made lies between {' and '.join([*lower, *upper])}")


def _ends(schema: Schema, unit: Decimal, usual: tuple[int, int] | None) -> tuple[Decimal, Decimal]:
    """The least and the greatest number that is allowed; where one is left open, a usual one or not far from it."""
    low, high = _low(schema, unit), _high(schema, unit)
    if usual is not None:
        low = Decimal(usual[0]) if low is None and (high is None or high >= usual[0]) else low
        high = Decimal(usual[1]) if high is None and (low is None or low <= usual[1]) else high
    if low is None:
        low = Decimal(0) if high is None or high >= 0 else high - _SPREAD
    if high is None:
        high = max(Decimal(_SPREAD), low + _SPREAD)
    return low, high


def _low(schema: Schema, unit: Decimal) -> Decimal | None:
    ends = [Decimal(repr(schema["minimum"]))] if "minimum" in schema else []
    if "exclusiveMinimum" in schema:
        ends.append((math.floor(Decimal(repr(schema["exclusiveMinimum"])) / unit) + 1) * unit)
    return max(ends, default=None)


def _high(schema: Schema, unit: Decimal) -> Decimal | None:
    ends = [Decimal(repr(schema["maximum"]))] if "maximum" in schema else []
    if "exclusiveMaximum" in schema:
        ends.append((math.ceil(Decimal(repr(schema["exclusiveMaximum"])) / unit) - 1) * unit)
    return min(ends, default=None)


def _multiples(low: Decimal, high: Decimal, step: Decimal, *, whole: bool) -> Kind:
    first, last = math.ceil(low / step), math.floor(high / step)
    numbers = [step * at for at in range(first, min(last, first + _MOST_MULTIPLES - 1) + 1)]
    numbers = [number for number in numbers if not whole or number % 1 == 0]
    if not numbers:
        raise Unmet("multipleOf", f"no multiple of it lies between {low} and {high}")
    return Kind("enum", {"values": [int(number) if number % 1 == 0 else float(number) for number in numbers]})
