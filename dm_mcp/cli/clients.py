"""The MCP clients that ``dm-mcp init --client`` knows, and the files in which they keep their servers.

The forms are those of the clients' own documentation:

- Claude Code, ``.mcp.json`` of a project: https://code.claude.com/docs/en/mcp
- Claude Desktop: https://modelcontextprotocol.io/docs/develop/connect-local-servers; on Linux, which that page leaves
  out, the folder is the one that Electron gives an app, ``$XDG_CONFIG_HOME`` or ``~/.config``
- VS Code, ``.vscode/mcp.json``: https://code.visualstudio.com/docs/copilot/reference/mcp-configuration
- Cursor, ``.cursor/mcp.json`` of a project: https://cursor.com/docs/mcp
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from dm_mcp.cli.json_member import set_member
from dm_mcp.cli.replace_file import replace_file
from dm_mcp.errors import InvalidRequest

__all__ = ["CLIENTS", "SERVER", "Client", "Registered", "desktop_file", "register", "server_command"]

SERVER = "dm-mcp"
"""The name of our entry, unless another is given."""


class Client(NamedTuple):
    """A client, and the form that it wants."""

    title: str
    servers: str
    """The key under which its file lists the servers."""
    told_type: bool
    """Whether an entry says ``"type": "stdio"``."""
    file: Callable[[], Path]
    """Where its file is."""
    then: str
    """What a person does next, for the new entry to count."""


def desktop_file(platform: str, environ: Mapping[str, str], home: Path) -> Path:
    """Claude Desktop's file on the platform, as `sys.platform` names it. Raises `InvalidRequest`."""
    if platform == "darwin":
        folder = home / "Library" / "Application Support"
    elif platform != "win32":
        folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    elif environ.get("APPDATA"):
        folder = Path(environ["APPDATA"])
    else:
        raise InvalidRequest(
            "The environment variable APPDATA is not set.", hint="Claude Desktop keeps its file there."
        )
    return folder / "Claude" / "claude_desktop_config.json"


CLIENTS: Mapping[str, Client] = {
    "claude-code": Client(
        "Claude Code",
        "mcpServers",
        told_type=True,
        file=lambda: Path(".mcp.json").absolute(),
        then="Start `claude` in this folder, and approve the server when it asks.",
    ),
    "claude-desktop": Client(
        "Claude Desktop",
        "mcpServers",
        told_type=False,
        file=lambda: desktop_file(sys.platform, os.environ, Path.home()),
        then="Quit Claude Desktop wholly and start it again.",
    ),
    "vscode": Client(
        "VS Code",
        "servers",
        told_type=True,
        file=lambda: Path(".vscode", "mcp.json").absolute(),
        then="Open this folder in VS Code, and start the server above its entry or by `MCP: List Servers`.",
    ),
    "cursor": Client(
        "Cursor",
        "mcpServers",
        told_type=True,
        file=lambda: Path(".cursor", "mcp.json").absolute(),
        then="Open this folder in Cursor, and switch the server on in its MCP settings.",
    ),
}


def server_command(workspace: Path) -> tuple[str, list[str]]:
    """The command that serves a workspace, and its arguments, with absolute paths: a client starts it anywhere."""
    python = Path(sys.executable).absolute()  # not resolved: a venv's python is a link out of the venv
    program = python.with_name("dm-mcp.exe" if sys.platform == "win32" else "dm-mcp")
    arguments = ["serve", "--workspace", str(workspace)]
    return (str(program), arguments) if program.exists() else (str(python), ["-m", "dm_mcp", *arguments])


class Registered(NamedTuple):
    """What `register` did to the client's file."""

    done: Literal["added", "updated", "unchanged"]
    instead_of: str | None = None
    """The other workspace whose server the entry was before."""


def register(client: Client, workspace: Path, name: str = SERVER) -> Registered:
    """Put the server of a workspace into the client's file under a name, and say what changed. All else stays as it is.

    Raises `InvalidRequest`, having changed nothing, when the file is no plain JSON (comments and trailing commas
    included), has another shape, or can't be read or written; its hint is the entry, to be added by hand.
    """
    path = client.file()
    command, arguments = server_command(workspace)
    ours = {**({"type": "stdio"} if client.told_type else {}), "command": command, "args": arguments}
    if any("${" in text for text in (command, *arguments)):
        raise InvalidRequest("A path holds ${, which clients replace.", hint="Rename the folder.", file=str(path))

    def refuse(reason: str) -> InvalidRequest:
        entry = json.dumps({client.servers: {name: ours}}, indent=2)
        hint = f"Nothing was changed. Add this by hand:\n{entry}"
        return InvalidRequest(f"The file of {client.title} {reason}.", hint=hint, file=str(path))

    try:
        data = _read(path)
    except OSError as error:
        raise refuse(f"can't be read: {error.strerror}") from error
    mark, text = _decode(data, refuse)
    servers = _object(_parse(text, refuse), "", refuse).get(client.servers, {})
    known = _object(servers, f" at {client.servers!r}", refuse).get(name)
    there = {} if known is None else _object(known, f" at {name!r}", refuse)
    if "url" in there:
        raise refuse(f"has a {name!r} that is reached by a url")
    entry = {**there, **ours}  # what a person has added stays: env, say
    if known == entry:
        return Registered("unchanged")
    try:
        replace_file(path, mark + set_member(text, (client.servers, name), entry).encode())
    except UnicodeEncodeError:
        raise refuse("can't hold this path: it is not Unicode text") from None
    except OSError as error:
        raise refuse(f"can't be written: {error.strerror}") from error
    return Registered("added") if known is None else Registered("updated", _other_workspace(there, arguments))


def _other_workspace(there: Mapping[str, Any], arguments: list[str]) -> str | None:
    """The workspace that an entry served before, if it was another one."""
    given = there.get("args")
    words = cast("list[object]", given) if isinstance(given, list) else []
    if "--workspace" not in words[:-1]:
        return None
    before = words[words.index("--workspace") + 1]
    return str(before) if before != arguments[-1] else None


def _read(path: Path) -> bytes:
    """What the file holds; nothing when there is none. Raises `OSError`, for a pipe or a folder too."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return b""
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is not a regular file")
        return file.read()


_Refuse = Callable[[str], InvalidRequest]


def _decode(data: bytes, refuse: _Refuse) -> tuple[bytes, str]:
    """The byte order mark, if there is one, and the text; that of an empty file is an empty object."""
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        text = data[len(mark) :].decode()
    except UnicodeDecodeError:
        raise refuse("is not UTF-8 text") from None
    return mark, text if text.strip() else "{}\n"


def _parse(text: str, refuse: _Refuse) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise refuse(f"is not plain JSON (line {error.lineno}: {error.msg})") from None
    except (ValueError, RecursionError):
        raise refuse("is JSON that can't be read") from None


def _object(value: object, place: str, refuse: _Refuse) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refuse(f"holds no object{place}")
    return cast("dict[str, Any]", value)
