"""The reference of what a script imports as ``datamaker``, from its signatures and docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import dm_mcp.sdk
from dm_mcp.errors import DmError
from dm_mcp.sdk import (
    AsyncConnection,
    AsyncDataMaker,
    AsyncTemplate,
    Connection,
    DataMaker,
    InsertResult,
    Log,
    Template,
)
from scripts.docs.markdown import attribute_docstrings, code_block, from_docstring, one_line, table

__all__ = [
    "async_datamaker",
    "connection",
    "datamaker",
    "errors",
    "log",
    "public_members",
    "template",
    "when_raised",
]

_WIDTH = 100  # columns of a call's signature


def datamaker() -> str:
    """The reference of `DataMaker`."""
    return _class(DataMaker, "dm")


def template() -> str:
    """The reference of `Template`."""
    return _class(Template, "template")


def connection() -> str:
    """The reference of `Connection`, and of what its ``insert`` gives."""
    counts = table(
        ("field", "meaning"),
        ((f"`{name}`", one_line(text)) for name, text in attribute_docstrings(InsertResult).items()),
    )
    return f"{_class(Connection, 'connection')}\n### InsertResult\n\n{from_docstring(InsertResult.__doc__)}\n{counts}"


def log() -> str:
    """The reference of `Log`."""
    return _class(Log, "dm.log")


def async_datamaker() -> str:
    """The reference of `AsyncDataMaker`: how its calls differ from those of its twin."""
    rows = [
        (f"`{prefix}.{name}`", "`await`" if inspect.iscoroutinefunction(member) else "no `await`")
        for cls, prefix in ((AsyncDataMaker, "dm"), (AsyncTemplate, "template"), (AsyncConnection, "connection"))
        for name, member in public_members(cls)
        if inspect.isfunction(member)
    ]
    return f"{from_docstring(AsyncDataMaker.__doc__)}\n{table(('call', 'how'), rows)}"


def errors() -> str:
    """The errors that a script can import, with their codes."""
    classes = [getattr(dm_mcp.sdk, name) for name in dm_mcp.sdk.__all__]
    return table(
        ("class", "code", "raised"),
        (
            (f"`{cls.__name__}`", f"`{cls.code}`", when_raised(cls))
            for cls in classes
            if isinstance(cls, type) and issubclass(cls, DmError)
        ),
    )


def when_raised(cls: type[DmError]) -> str:
    """An error's docstring without the word that they begin with."""
    return one_line(cls.__doc__).removeprefix("Raised ")


def public_members(cls: type) -> Iterator[tuple[str, Any]]:
    """Names and values of a class's public members, its own first, then those of what it inherits from."""
    for owner in cls.__mro__:
        for name, member in vars(owner).items():
            if not name.startswith("_") and owner is not object:
                yield name, member


def _class(cls: type, prefix: str) -> str:
    """What the class is, its methods, then its attributes."""
    parts = [from_docstring(cls.__doc__)]
    attributes = {name: text for owner in cls.__mro__[:-1] for name, text in attribute_docstrings(owner).items()}
    for name, member in public_members(cls):
        if isinstance(member, property):
            attributes[name] = member.__doc__ or ""
        elif member.__name__ == name:  # and not a second name of another
            signature = code_block("text", _signature(prefix, member))
            parts.append(f"### {prefix}.{name}\n\n{signature}\n{from_docstring(member.__doc__)}")
    parts += [f"### {prefix}.{name}\n\n{from_docstring(text)}" for name, text in attributes.items()]
    return "\n".join(parts)


class _Written:
    """An annotation as the source writes it: `inspect` would show its text in quotes."""

    def __init__(self, text: object) -> None:
        self._text = text

    def __repr__(self) -> str:
        return str(self._text)


def _signature(prefix: str, function: Callable[..., Any]) -> str:
    """The call on one line, or an argument a line where that is too long."""
    signature = inspect.signature(function)
    given = [p.replace(annotation=_Written(p.annotation)) for p in list(signature.parameters.values())[1:]]
    name, returned = f"{prefix}.{function.__name__}", f"-> {signature.return_annotation}"
    line = f"{name}{inspect.Signature(given)} {returned}"
    if len(line) <= _WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {parameter},\n" for parameter in given) + f") {returned}"
