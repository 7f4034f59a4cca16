"""What the commands' arguments have in common."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from dm_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from dm_mcp.runs.history import History
    from dm_mcp.workspace.workspace import Workspace

__all__ = ["Command", "Commands", "add_run", "json_or_text", "open_history", "open_workspace", "pairs"]

Command = Callable[[argparse.Namespace], Coroutine[Any, Any, int]]
"""Does what a command says and gives the exit status."""


class Commands:
    """The commands of a parser; each command's file adds its own."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND")
        self._common = argparse.ArgumentParser(add_help=False)
        self._common.add_argument(
            "--workspace",
            metavar="DIR",
            default=argparse.SUPPRESS,  # it may stand before the command too
            help="the workspace (default: $DM_WORKSPACE, ./scenarios)",
        )

    def add(self, name: str, command: Command, text: str) -> argparse.ArgumentParser:
        """Add a command and give its parser, for the arguments that only it has. ``text`` is a line of help."""
        description = text[:1].upper() + text[1:] + "."
        parser = self._parsers.add_parser(name, help=text, description=description, parents=[self._common])
        parser.set_defaults(command=command)
        return parser


def open_workspace(args: argparse.Namespace) -> Workspace:
    """The workspace that the arguments or the environment name. Raises `WorkspaceError` when it is no folder.

    A folder that holds nothing of a workspace is one all the same, with a warning: it may be the wrong one.
    """
    from dm_mcp.workspace.workspace import Workspace, find_workspace

    workspace = Workspace(find_workspace(args.workspace, os.environ))
    if workspace.bare:
        what = "has no dm.toml, no scenario and no template"
        print(f"dm-mcp: warning: {workspace.root} {what}. `dm-mcp init DIR` makes a workspace.", file=sys.stderr)
    return workspace


@asynccontextmanager
async def open_history(args: argparse.Namespace) -> AsyncGenerator[History]:
    """The runs of the workspace. Nothing is started for it."""
    from dm_mcp.runs.history import History

    history = History(open_workspace(args))
    try:
        yield history
    finally:
        await history.close()


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names a run."""
    parser.add_argument("run", metavar="RUN", help="its id: `dm-mcp runs` lists them")


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """``["a=1"]`` as ``{"a": "1"}``. Raises `InvalidRequest` for one without a value, or given twice."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise InvalidRequest(f"{option} {text!r:.80} has no value.", hint=f"Write {option} NAME=VALUE.")
        if name in found:
            raise InvalidRequest(f"{option} {name} is given twice.", hint="Give it once.")
        found[name] = value
    return found


def json_or_text(text: str) -> Any:
    """``30`` is a number, ``{"pick_from": [1, 2]}`` an object, and what is no JSON is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
