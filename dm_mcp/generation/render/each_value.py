"""Python values as bytes, one by one: what every byte format does where a column has no arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dm_mcp.generation.columns import Choices, PickedColumn, Slices
from dm_mcp.generation.render.parts import filled, slices_of, with_spare
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import to_python

__all__ = ["encode_each", "encode_picked"]

Encode = Callable[[object], bytes]


def encode_each(values: Sequence[Any], encode: Encode) -> Slices:
    """What ``encode`` makes of each value, nothing for None. Raises Unfit with the row."""
    encoded: list[bytes] = []
    for at, value in enumerate(values):
        try:
            encoded.append(b"" if value is None else encode(value))
        except Unfit as unfit:
            raise Unfit(unfit.reason, unfit.hint, at) from None
    return slices_of(encoded)


def encode_picked(column: PickedColumn, rows: int, encode: Encode) -> Slices:
    """A slice of the choices a row, each encoded once for each ``encode`` function and then kept.

    A choice that can't be encoded is an error only when a row picks it.
    """
    if not len(column.choices):
        return slices_of([b""] * rows)
    try:
        choices = _choices(column.choices, encode)
    except Unfit:
        return encode_each(to_python(column, rows), encode)
    indices = filled(column.indices, column.null)
    return Slices(choices.buffer, choices.start[indices], choices.size[indices])


def _choices(choices: Choices, encode: Encode) -> Slices:
    kept: Any = choices.rendered.get(encode)
    if kept is None:
        kept = choices.rendered[encode] = with_spare(encode_each(choices.values, encode))
    return kept
