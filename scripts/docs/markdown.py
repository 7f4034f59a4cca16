"""Docstrings and tables as Markdown."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterable, Sequence

__all__ = ["attribute_docstrings", "code_block", "from_docstring", "one_line", "table"]

_EXAMPLE = re.compile(r"(?<=:):\n\n((?: {4}.*\n|\n)+)")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. Cells are Markdown on one line; a bar in one is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") or " " for cell in line) + " |\n" for line in lines)


def code_block(language: str, text: str) -> str:
    """A fenced block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def from_docstring(docstring: str | None) -> str:
    """A docstring as Markdown: double backticks become single ones, what is indented after ``::`` is Python."""
    # Splitting by an expression with a group gives prose, code, prose, code ... prose.
    parts = _EXAMPLE.split(inspect.cleandoc(docstring or "") + "\n")
    prose = [f"{text.strip()}\n".replace("``", "`") for text in parts[::2] if text.strip()]
    code = [code_block("python", textwrap.dedent(text).strip("\n")) for text in parts[1::2]]
    return "\n".join(text for pair in itertools.zip_longest(prose, code) for text in pair if text)


def one_line(docstring: str | None) -> str:
    """A short docstring as the text of a table's cell."""
    return " ".join(from_docstring(docstring).split())


def attribute_docstrings(cls: type) -> dict[str, str]:
    """The docstrings that stand below a class's attributes, in its body and in its ``__init__``."""
    [body] = [
        node.body for node in ast.parse(textwrap.dedent(inspect.getsource(cls))).body if isinstance(node, ast.ClassDef)
    ]
    inits = [node.body for node in body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    found: dict[str, str] = {}
    for statements in (body, *inits):
        for statement, after in itertools.pairwise(statements):
            name = _assigned_name(statement)
            if name and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                found[name] = str(after.value.value)
    return found


def _assigned_name(statement: ast.stmt) -> str | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Attribute(attr=name)]):
            return name
        case _:
            return None
