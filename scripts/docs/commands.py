"""The reference of the command line, from its parser."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import cast

from scripts.docs.markdown import table

__all__ = ["arguments", "reference", "subcommands"]


def reference(parser: argparse.ArgumentParser) -> str:
    """Every command with its description, arguments and options."""
    parts = [f"## {parser.prog}\n", f"{parser.description}\n", _table(arguments(parser))]
    for command in subcommands(parser).values():
        parts += [f"## {command.prog}\n", f"{command.description}\n", _table(arguments(command))]
    return "\n".join(parts)


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of a parser's commands, by name."""
    return {
        name: command
        for action in _actions(parser)
        if _holds_commands(action)
        for name, command in cast("dict[str, argparse.ArgumentParser]", action.choices).items()
    }


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The arguments, then the options, of a parser itself, ``--help`` aside."""
    told = [
        action for action in _actions(parser) if not _holds_commands(action) and "--help" not in action.option_strings
    ]
    return sorted(told, key=lambda action: bool(action.option_strings))


def _holds_commands(action: argparse.Action) -> bool:
    return isinstance(action.choices, dict)


def _actions(parser: argparse.ArgumentParser) -> Sequence[argparse.Action]:
    """What argparse itself prints help from."""
    return parser._actions  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - there is no public name for it


def _table(actions: Sequence[argparse.Action]) -> str:
    return table(("argument", "meaning"), ((f"`{_written(action)}`", _help(action)) for action in actions))


def _written(action: argparse.Action) -> str:
    """How the argument is written: ``SCENARIO``, ``-p NAME=VALUE, --param NAME=VALUE``."""
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    value = choices or (action.metavar if isinstance(action.metavar, str) else action.dest.upper())
    if not action.option_strings:
        return {"?": f"[{value}]", "*": f"[{value} ...]", "+": f"{value} ..."}.get(str(action.nargs), value)
    if action.nargs == 0:
        return ", ".join(action.option_strings)
    return ", ".join(f"{option} {value}" for option in action.option_strings)


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % {**vars(action), "prog": "dm-mcp"}
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
