"""The token's file: made once, kept for its owner alone."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.server.token import WorkspaceToken, workspace_token

GOOD = "a-token_of.someone~s/own+make-1234567890=="


def place(state: Path, content: str, mode: int = 0o600) -> Path:
    path = state / "token"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    token = workspace_token(tmp_path)
    assert len(token) >= 43
    assert workspace_token(tmp_path) == token
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_each_workspace_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert workspace_token(tmp_path / "a") != workspace_token(tmp_path / "b")


def test_servers_that_start_at_once_agree_on_one(tmp_path: Path) -> None:
    for n in range(20):
        state = tmp_path / str(n)
        state.mkdir()
        with ThreadPoolExecutor(8) as pool:
            tokens = set(pool.map(workspace_token, [state] * 8))
        assert len(tokens) == 1
        assert [path.name for path in state.iterdir()] == ["token"]


def test_a_token_of_ones_own_is_taken(tmp_path: Path) -> None:
    place(tmp_path, f"{GOOD}\n")
    assert workspace_token(tmp_path) == GOOD


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    place(tmp_path, GOOD, mode)
    with pytest.raises(WorkspaceError, match="open to others") as refused:
        workspace_token(tmp_path)
    assert "chmod 600" in refused.value.hint
    assert GOOD not in str(refused.value)


@pytest.mark.parametrize("content", ["", "\n", "short", f"{GOOD}\n{GOOD}", f"{GOOD} {GOOD}", "ü" * 40])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: str) -> None:
    place(tmp_path, content)
    with pytest.raises(WorkspaceError, match="holds no token") as refused:
        workspace_token(tmp_path)
    assert refused.value.where == {"file": ".dm/token"}
    assert refused.value.hint


def a_link(path: Path) -> None:
    (path.parent / "elsewhere").write_text(GOOD)
    (path.parent / "elsewhere").chmod(0o600)
    path.symlink_to("elsewhere")


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (a_link, "is a link"),
        (a_link_to_nothing, "is a link"),
        (os.mkfifo, "not a regular file"),
        (Path.mkdir, "can't be read"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    make(tmp_path / "token")
    with pytest.raises(WorkspaceError, match=message):
        workspace_token(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(place(tmp_path, GOOD), 12345, 12345)
    with pytest.raises(WorkspaceError, match="another user"):
        workspace_token(tmp_path)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="can't be made"):
        workspace_token(tmp_path / "missing")


@pytest.mark.parametrize("wrong", ["", GOOD[:-1], f"{GOOD}x", GOOD.upper(), "ü"])
def test_only_the_token_itself_opens(wrong: str) -> None:
    keeper = WorkspaceToken(GOOD)
    assert asyncio.run(keeper.verify_token(wrong)) is None
    known = asyncio.run(keeper.verify_token(GOOD))
    assert known is not None
    assert GOOD not in repr(known)
