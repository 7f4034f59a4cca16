"""Each client's own file, in its own form, with what was there."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from dm_mcp.cli.clients import CLIENTS, desktop_file, register, server_command
from dm_mcp.errors import InvalidRequest
from tests.conftest import PROJECT

FILES = {
    "claude-code": ".mcp.json",
    "claude-desktop": "config/Claude/claude_desktop_config.json",
    "vscode": ".vscode/mcp.json",
    "cursor": ".cursor/mcp.json",
}
PROGRAM = str(Path(sys.executable).parent / "dm-mcp")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is also the home and holds what a desktop client keeps."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def entry(workspace: str = "/w", **more: Any) -> dict[str, Any]:
    return {"type": "stdio", "command": PROGRAM, "args": ["serve", "--workspace", workspace], **more}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_new_file_has_the_client_s_own_place_and_form(here: Path, name: str) -> None:
    assert register(CLIENTS[name], Path("/w")).done == "added"
    expected = entry()
    if name == "claude-desktop":
        del expected["type"]
    servers = "servers" if name == "vscode" else "mcpServers"
    assert json.loads((here / FILES[name]).read_text()) == {servers: {"dm-mcp": expected}}


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("darwin", {}, "/h/Library/Application Support/Claude/claude_desktop_config.json"),
        ("linux", {}, "/h/.config/Claude/claude_desktop_config.json"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/Claude/claude_desktop_config.json"),
        ("win32", {"APPDATA": "C:/Data"}, "C:/Data/Claude/claude_desktop_config.json"),
    ],
)
def test_claude_desktop_keeps_its_file_where_the_platform_does(
    platform: str, environ: dict[str, str], expected: str
) -> None:
    assert desktop_file(platform, environ, Path("/h")).as_posix() == expected


def test_windows_without_its_folder_is_an_error() -> None:
    with pytest.raises(InvalidRequest, match="APPDATA"):
        desktop_file("win32", {}, Path("/h"))


def test_other_servers_and_keys_stay_as_they_are_written(here: Path) -> None:
    text = '{\n    "inputs": [1.50],\n    "servers": {\n        "other": {"url": "http://x"}\n    }\n}'
    (here / ".vscode").mkdir()
    file = here / ".vscode" / "mcp.json"
    file.write_text(text)
    register(CLIENTS["vscode"], Path("/w"))
    written = file.read_text()
    assert written.startswith(text[: text.index("\n    }\n}")])
    assert json.loads(written)["servers"] == {"other": {"url": "http://x"}, "dm-mcp": entry()}


def test_our_entry_is_updated_and_keeps_what_a_person_added(here: Path) -> None:
    file = here / ".mcp.json"
    file.write_text(json.dumps({"mcpServers": {"dm-mcp": entry("/old", env={"SHOP_DATABASE_URL": "x"})}}))
    assert register(CLIENTS["claude-code"], Path("/w")) == ("updated", "/old")
    assert json.loads(file.read_text())["mcpServers"]["dm-mcp"] == entry(env={"SHOP_DATABASE_URL": "x"})


def test_a_file_that_says_so_already_is_not_written(here: Path) -> None:
    register(CLIENTS["cursor"], Path("/w"))
    before = (here / FILES["cursor"]).stat()
    assert register(CLIENTS["cursor"], Path("/w")).done == "unchanged"
    assert (here / FILES["cursor"]).stat() == before


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf{}"])
def test_an_empty_file_and_a_byte_order_mark_are_fine(here: Path, data: bytes) -> None:
    file = here / ".mcp.json"
    file.write_bytes(data)
    assert register(CLIENTS["claude-code"], Path("/w")).done == "added"
    assert json.loads(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))["mcpServers"]["dm-mcp"] == entry()
    assert file.read_bytes().startswith(b"\xef\xbb\xbf") is (data[:1] == b"\xef")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"servers": {}, // mine\n}', "not plain JSON (line 1"),
        (b'{\n"servers": {},\n}', "not plain JSON (line 3"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "can't be read"),
        (b"[]", "holds no object."),
        (b'{"servers": []}', "holds no object at 'servers'"),
        (b'{"servers": {"dm-mcp": "x"}}', "holds no object at 'dm-mcp'"),
        (b'{"servers": {"dm-mcp": {"url": "http://x"}}}', "by a url"),
    ],
)
def test_what_can_t_be_changed_safely_stays_and_the_entry_is_shown(here: Path, data: bytes, reason: str) -> None:
    file = here / FILES["vscode"]
    file.parent.mkdir()
    file.write_bytes(data)
    with pytest.raises(InvalidRequest) as caught:
        register(CLIENTS["vscode"], Path("/w"))
    assert file.read_bytes() == data
    assert reason in caught.value.message
    assert json.loads(caught.value.hint.partition("\n")[2]) == {"servers": {"dm-mcp": entry()}}
    assert caught.value.where.get("file") == str(file)


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_regular_file_is_refused(here: Path, kind: str) -> None:
    file = here / ".mcp.json"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(".mcp.json")
    with pytest.raises(InvalidRequest, match="can't be read"):
        register(CLIENTS["claude-code"], Path("/w"))


def test_a_folder_that_can_t_be_made_is_told_with_the_entry(here: Path) -> None:
    (here / ".cursor").write_text("")
    with pytest.raises(InvalidRequest, match="Not a directory") as caught:
        register(CLIENTS["cursor"], Path("/w"))
    assert '"dm-mcp"' in caught.value.hint


@pytest.mark.parametrize("name", ["${HOME}", "\udcff"])
def test_a_path_that_the_client_would_read_otherwise_is_refused(here: Path, name: str) -> None:
    with pytest.raises(InvalidRequest):
        register(CLIENTS["claude-code"], Path("/", name))
    assert not (here / ".mcp.json").exists()


def test_without_the_program_beside_python_the_module_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert server_command(Path("/w")) == ("/nowhere/python", ["-m", "dm_mcp", "serve", "--workspace", "/w"])


async def test_the_entry_starts_the_server_from_anywhere(here: Path, root: Path) -> None:
    (root / "a.py").write_text("print(1)")
    register(CLIENTS["cursor"], root)
    told = json.loads((here / FILES["cursor"]).read_text())["mcpServers"]["dm-mcp"]
    parameters = StdioServerParameters(command=told["command"], args=told["args"], cwd="/", env={"PATH": "/bin"})
    async with Client(parameters) as client:
        listed = await client.call_tool("list_scenarios", {})
    assert listed.structured_content is not None
    assert [scenario["id"] for scenario in listed.structured_content["scenarios"]] == ["a"]


@pytest.mark.parametrize(
    ("name", "title"), [("claude-code", "Claude Code"), ("claude-desktop", "Claude Desktop"), ("vscode", "VS Code")]
)
def test_the_documentation_shows_the_file_that_is_written(here: Path, name: str, title: str) -> None:
    section = (PROJECT / "docs" / "clients.md").read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]
    shown = section.split("```json\n")[1].split("```")[0].replace("/ABSOLUTE/PATH/.venv/bin/dm-mcp", PROGRAM)
    register(CLIENTS[name], Path("/ABSOLUTE/PATH/scenarios"))
    assert json.loads(shown) == json.loads((here / FILES[name]).read_text())


def test_two_workspaces_fit_into_one_client_under_two_names(here: Path) -> None:
    register(CLIENTS["cursor"], Path("/w"))
    assert register(CLIENTS["cursor"], Path("/v"), "shop") == ("added", None)
    servers = json.loads((here / FILES["cursor"]).read_text())["mcpServers"]
    assert servers == {"dm-mcp": entry("/w"), "shop": entry("/v")}
