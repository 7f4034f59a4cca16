"""What expressions of derived fields know: tables of their functions and operators."""

from __future__ import annotations

from dm_mcp.generation.expressions.functions import FUNCTIONS
from dm_mcp.generation.expressions.operators import OPERATORS
from dm_mcp.generation.expressions.values import Function
from scripts.docs.markdown import table

__all__ = ["functions", "operators"]

_SIGNS = {"negative": "-a", "not": "not a"}


def functions() -> str:
    """Each function with its number of arguments."""
    return table(
        ("function", "arguments", "gives"),
        ((f"`{name}`", _arguments(function), function.description) for name, function in FUNCTIONS.items()),
    )


def operators() -> str:
    """Each operator between its operands."""
    return table(
        ("operator", "gives"),
        ((f"`{_SIGNS.get(sign, f'a {sign} b')}`", operator.description) for sign, operator in OPERATORS.items()),
    )


def _arguments(function: Function) -> str:
    if function.fewest == function.most:
        return str(function.fewest)
    return (
        f"{function.fewest} or more" if function.most > function.fewest + 1 else f"{function.fewest} or {function.most}"
    )
