"""Row functions compiled for their field names: a dictionary literal is a third faster than ``dict(zip(...))``."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

__all__ = ["RowCode", "row_code"]


_Make = Callable[[int, Sequence[Sequence[Any]]], list[dict[str, Any]]]


class RowCode(NamedTuple):
    """What is compiled for a tuple of field names."""

    make: _Make
    """``make(rows, columns)``: a dictionary a row."""

    each: Callable[[int, Sequence[Sequence[Any]]], Iterator[dict[str, Any]]]
    """``each(rows, columns)``: the same, each made when it is reached; faster where a row is gone before the next."""

    same: Callable[[Sequence[Any], Sequence[Sequence[Any]]], bool]
    """``same(rows, columns)``: each row is a dictionary of these fields and holds the very objects of the columns."""


@functools.lru_cache(maxsize=256)
def row_code(names: tuple[str, ...]) -> RowCode:
    """The functions for these field names, kept for the next block."""
    cells = [f"c{at}" for at in range(len(names))]
    literal = ", ".join(f"{name!r}: {cell}" for name, cell in zip(names, cells, strict=True))
    checks = "".join(f" and row[{name!r}] is {cell}" for name, cell in zip(names, cells, strict=True))
    checked = ", ".join(["row", *cells])
    source = f"""
def make(count, columns):
    return [{{{literal}}} for {", ".join(["_", *cells])}, in zip(range(count), *columns)]

def each(count, columns):
    return ({{{literal}}} for {", ".join(["_", *cells])}, in zip(range(count), *columns))

def same(rows, columns):
    try:
        return all([type(row) is dict and len(row) == {len(names)}{checks} for {checked}, in zip(rows, *columns)])
    except KeyError:
        return False
"""
    scope: dict[str, Any] = {}
    exec(source, scope)  # noqa: S102  the names go in by repr, as string literals
    return RowCode(_without_collection(scope["make"]), scope["each"], scope["same"])


def _without_collection(make: _Make) -> _Make:
    """The function with the cyclic garbage collector at rest: it would look at all of the dictionaries again and again.

    New rows are in no circle; what a script makes besides is collected as soon as the block is there.
    """

    def made(count: int, columns: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        if not gc.isenabled():
            return make(count, columns)
        gc.disable()
        try:
            return make(count, columns)
        finally:
            gc.enable()

    return made
