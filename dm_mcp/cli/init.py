"""``dm-mcp init``: a new workspace, and an MCP client that knows it."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from dm_mcp.cli.arguments import Commands, open_workspace
from dm_mcp.cli.clients import CLIENTS, SERVER, register, server_command
from dm_mcp.cli.exit_status import ExitStatus
from dm_mcp.errors import InvalidRequest

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("init", _init, "make a workspace with an example, or let an MCP client know a workspace")
    parser.add_argument("dir", nargs="?", metavar="DIR", help="the folder to make a workspace (default: ./scenarios)")
    parser.add_argument(
        "--client",
        choices=tuple(CLIENTS),
        help="write the workspace's server into this client's own file; without DIR no workspace is made",
    )
    parser.add_argument(
        "--name", help=f"for --client: the server's name there (default: {SERVER}); two workspaces need two"
    )


async def _init(args: argparse.Namespace) -> int:
    if args.dir and args.workspace:
        raise InvalidRequest("DIR and --workspace are both given.", hint="Give one of them.")
    if args.dir == "" or args.name == "":
        what = "DIR" if args.dir == "" else "--name"
        raise InvalidRequest(f"{what} is empty.", hint="Is a variable of the shell not set?")
    if args.name and not args.client:
        raise InvalidRequest("--name is for a client's file.", hint="Add --client, or leave it out.")
    makes = args.dir or not args.client
    root = _make(args.dir or args.workspace) if makes else open_workspace(args).root
    if args.client:
        client = CLIENTS[args.client]
        done, instead_of = register(client, root, args.name or SERVER)
        print(f"{done}  {client.file()}")
        if instead_of is not None:
            print(f"It led to {instead_of} before; give --name NAME to keep both.")
        if done != "unchanged":
            print(client.then)
    return ExitStatus.WELL


def _make(given: str | None) -> Path:
    """Make the workspace, say what was made and what to do next, and give its folder."""
    import shutil

    from dm_mcp.workspace.new import EXAMPLE, write_starter
    from dm_mcp.workspace.workspace import DEFAULT, VARIABLE

    folder = Path(given or DEFAULT).expanduser()
    starter = write_starter(folder)
    for file in starter.made:
        print(f"made  {folder / file}")
    for file in starter.kept:
        print(f"kept  {folder / file} (it was there)")

    program = "dm-mcp" if shutil.which("dm-mcp") else shlex.join(_program(folder))
    root = folder.resolve()
    found_anyway = root == Path(DEFAULT).resolve() and not os.environ.get(VARIABLE)
    place = "" if found_anyway else f" --workspace {shlex.quote(str(folder))}"
    print("\nNext:")
    print(f"  {program} run {EXAMPLE}{place}")
    print(f"  {program} check{place}")
    first, *others = CLIENTS
    print(f"  {program} init --client {first}{place}    # or {', '.join(others)}")
    return root


def _program(workspace: Path) -> list[str]:
    """The words that start dm-mcp where it is not on the path."""
    command, arguments = server_command(workspace)
    return [command, *arguments[: arguments.index("serve")]]
