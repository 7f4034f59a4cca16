"""A table of one column, for the tests of binary COPY."""

from typing import Any

import numpy as np
import pytest

from dm_mcp.errors import ValueMismatch
from dm_mcp.generation.columns import (
    Choices,
    Column,
    ObjectColumn,
    PickedColumn,
)
from dm_mcp.generation.render.copy import CopyEncoder, CopyTarget

from . import binary_copy
from .columns import block


def encoded(column: Column, type_name: str, rows: int, scale: int | None = None) -> list[Any]:
    """The values of one column after a round trip."""
    data = CopyEncoder([CopyTarget("x", type_name, scale=scale)], "t").encode(block(rows, x=column), 1)
    return [row[0] for row in binary_copy.read(data, [type_name])]


def refusal(column: Column, type_name: str, rows: int, **target: Any) -> ValueMismatch:
    """The error that the column is refused with; its first row is number 11."""
    with pytest.raises(ValueMismatch) as caught:
        CopyEncoder([CopyTarget("x", type_name, **target)], "t").encode(block(rows, x=column), 11)
    return caught.value


def forms(values: list[Any]) -> list[Column]:
    """The same values as a script may hand them in."""
    return [
        ObjectColumn(values),
        ObjectColumn([*values, "another"][:-1]),
        PickedColumn(Choices([None, *values]), np.arange(1, len(values) + 1)),
    ]
