"""What the formats of text have in common: a field's values as parts, with something else where there is none."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import Column
from dm_mcp.generation.render.parts import Part, masked
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows

__all__ = ["cells", "in_field", "name_bytes"]


@contextmanager
def in_field(name: str) -> Generator[None]:
    """Name the field in what can't be rendered. Raises GenerationError."""
    try:
        yield
    except Unfit as unfit:
        raise GenerationError(f"{unfit.reason}.", hint=unfit.hint, field=name) from None
    except GenerationError as error:
        inner = error.where.get("field")
        raise GenerationError(error.message, hint=error.hint, field=f"{name}.{inner}" if inner else name) from None
    except UnicodeEncodeError:
        raise GenerationError("the text holds half of a surrogate pair.", field=name) from None


def cells(name: str, column: Column, rows: int, encode: Callable[[Column, int], list[Part]], null: bytes) -> list[Part]:
    """What ``encode`` makes of the column, and ``null`` in the rows that are null. Raises GenerationError."""
    with in_field(name):
        none = null_rows(column)
        values = [] if none is not None and none.all() else encode(column, rows)
    if none is None:
        return values
    return [*masked(values, ~none), *(masked([null], none) if null else ())]


def name_bytes(name: str, escape: Callable[[str], str]) -> bytes:
    """A field's name as the format writes it. Raises GenerationError."""
    try:
        with in_field(name):
            return escape(name).encode()
    except ValueError as error:
        raise GenerationError(f"{error}.", hint="Rename it.", field=name) from None
