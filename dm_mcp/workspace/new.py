"""A new workspace: the files of ``starter/``, which are data and not code of this package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from dm_mcp.errors import WorkspaceError
from dm_mcp.workspace.config import CONFIG_FILE

__all__ = ["EXAMPLE", "FILES", "Starter", "write_starter"]

EXAMPLE = "customers_and_orders"
"""The id of the scenario among the files."""
FILES = (
    CONFIG_FILE,
    f"{EXAMPLE}.py",
    "templates/tmpl_customer.json",
    "templates/tmpl_order.json",
    "files/.gitkeep",
)
"""The files by their paths in the workspace. ``.dm`` needs none: it hides itself from git when it is made."""

_SOURCE = Path(__file__).parent / "starter"


class Starter(NamedTuple):
    """What `write_starter` did, by the files' paths in the workspace."""

    made: list[str]
    kept: list[str]
    """Those that were there, whatever they held."""


def write_starter(root: Path) -> Starter:
    """Make ``root`` a workspace with an example. Nothing that is there is changed.

    Raises `WorkspaceError` when a folder or file can't be made.
    """
    starter = Starter([], [])
    for file in FILES:
        path = root / file
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                out.write((_SOURCE / file).read_bytes())
        except OSError as error:
            if not (isinstance(error, FileExistsError) and os.path.lexists(path)):
                raise WorkspaceError(
                    f"{error.filename or path} can't be made: {error.strerror}.",
                    hint="Give a folder that dm-mcp may write to.",
                ) from error
            starter.kept.append(file)
        else:
            starter.made.append(file)
    return starter
