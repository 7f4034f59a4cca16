"""Servers that work on one workspace at the same time: who is there, and what the dead leave."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.runs.members import Member, is_alive, socket_of, sweep

ENTER = """
import sys, time
from pathlib import Path
from dm_mcp.runs.members import Member
member = Member(Path(sys.argv[1]))
member.socket.touch()
print(member.id, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "servers"


@pytest.fixture
def other_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The id of a server in another process, and the process."""
    with subprocess.Popen([sys.executable, "-c", ENTER, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.kill()


def test_a_server_is_alive_from_its_entry_until_it_leaves(folder: Path) -> None:
    member = Member(folder)
    assert is_alive(folder, member.id)
    member.socket.touch()
    member.leave()
    assert not is_alive(folder, member.id)
    assert list(folder.iterdir()) == []


def test_the_folder_is_for_its_owner_only(folder: Path) -> None:
    member = Member(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    member.leave()


def test_a_server_that_was_killed_is_not_alive_and_is_swept(
    folder: Path, other_server: tuple[str, subprocess.Popen[str]]
) -> None:
    other, process = other_server
    assert is_alive(folder, other)
    us = Member(folder)
    sweep(folder)
    assert is_alive(folder, other)
    process.kill()
    process.wait()
    assert not is_alive(folder, other)
    sweep(folder)
    assert {path.name for path in folder.iterdir()} == {f"{us.id}.lock"}
    us.leave()


def test_the_half_entry_of_a_dead_server_is_swept_but_not_that_of_one_about_to_enter(folder: Path) -> None:
    folder.mkdir()
    old, young = folder / "server_a.new", folder / "server_b.new"
    old.touch()
    young.touch()
    os.utime(old, (1, 1))
    sweep(folder)
    assert list(folder.iterdir()) == [young]


def test_a_path_too_long_for_a_socket_has_its_socket_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    member = Member(folder / "servers")
    assert len(os.fsencode(member.socket)) < 100
    assert stat.S_IMODE(member.socket.parent.stat().st_mode) == 0o700
    assert socket_of(folder / "servers", member.id) == member.socket
    member.socket.touch()
    member.leave()
    assert not member.socket.parent.exists()


def test_a_dead_server_leaves_nothing_elsewhere_either(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", ENTER, str(folder / "servers")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        socket = socket_of(folder / "servers", process.stdout.readline().decode().strip())
        process.kill()
    assert socket.exists()
    sweep(folder / "servers")
    assert not socket.parent.exists()


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "servers").write_text("no folder")
    with pytest.raises(WorkspaceError, match=r"\.dm/servers.*Let dm-mcp write"):
        Member(tmp_path / "servers")
