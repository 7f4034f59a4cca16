"""The templates and connections that a script names literally, found in its syntax tree."""

from __future__ import annotations

import ast
from typing import Literal, NamedTuple

__all__ = ["Named", "names_in"]

_CLASSES = ("DataMaker", "AsyncDataMaker")
_USUAL = "dm"
_CALLS: dict[str, tuple[Literal["template", "connection"], str]] = {
    "generate": ("template", "template_id"),
    "template": ("template", "name_or_id"),
    "connection": ("connection", "name_or_id"),
}
"""The method, what its first argument names, and that argument's keyword."""


class Named(NamedTuple):
    """A name in a call such as ``dm.template("tmpl_order")``."""

    kind: Literal["template", "connection"]
    name: str
    line: int


def names_in(source: str) -> list[Named]:
    """The names, in the source's order. ``source`` is a script that Python can read.

    Only calls on what is surely a `DataMaker` count: on ``dm``, on a variable that one was assigned to, and on a new
    one. Other libraries have methods of these names, too.
    """
    tree = ast.parse(source)
    makers = {_USUAL, *_assigned(tree)}
    found: list[Named] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS):
            continue
        on = node.func.value
        if not (_is_new(on) or (isinstance(on, ast.Name) and on.id in makers)):
            continue
        kind, keyword = _CALLS[node.func.attr]
        arguments = (*node.args[:1], *(each.value for each in node.keywords if each.arg == keyword))
        texts = [each for each in arguments if isinstance(each, ast.Constant)]
        found += [Named(kind, text.value, text.lineno) for text in texts if isinstance(text.value, str)]
    return sorted(found, key=lambda named: named.line)


def _assigned(tree: ast.Module) -> set[str]:
    assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and _is_new(node.value)]
    return {target.id for node in assignments for target in node.targets if isinstance(target, ast.Name)}


def _is_new(node: ast.expr) -> bool:
    """Whether this is ``DataMaker()`` or ``datamaker.DataMaker()``, or of its twin."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    return name in _CLASSES
