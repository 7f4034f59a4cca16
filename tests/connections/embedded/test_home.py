from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from dm_mcp.connections.embedded import home
from dm_mcp.connections.embedded.home import find_home
from dm_mcp.errors import ConnectionFailed

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root's data live outside the state folder")


@pytest.mark.skipif(os.geteuid() == 0, reason="root's data live elsewhere")
def test_a_users_server_lives_in_the_state_folder_and_runs_as_that_user(tmp_path: Path) -> None:
    found = find_home(tmp_path)
    assert found.base == tmp_path / "postgres"
    assert found.account.uid == os.geteuid()


@root_only
def test_roots_server_runs_under_a_number_that_no_account_has(tmp_path: Path, root_base: Path) -> None:
    found = find_home(tmp_path)
    assert found.base.parent == root_base
    assert found.account.uid in home.FREE_UIDS
    assert find_home(tmp_path) == found


@root_only
def test_a_state_folder_made_anew_at_the_same_path_has_new_data(tmp_path: Path) -> None:
    first = find_home(tmp_path / ".dm")
    shutil.rmtree(tmp_path / ".dm")
    assert find_home(tmp_path / ".dm").base != first.base
    assert first.base.is_dir()


@root_only
def test_a_moved_state_folder_keeps_its_data_and_a_copied_one_gets_its_own(tmp_path: Path) -> None:
    original = find_home(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert find_home(tmp_path / "b") == original
    shutil.copytree(tmp_path / "b", tmp_path / "c")
    copy = find_home(tmp_path / "c")
    assert copy.base != original.base
    assert find_home(tmp_path / "b") == original
    assert find_home(tmp_path / "c") == copy


@root_only
def test_a_base_that_others_can_write_is_refused(
    tmp_path: Path, root_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_base = root_base / "open"
    open_base.mkdir()
    open_base.chmod(0o777)
    monkeypatch.setattr(home, "ROOT_BASE", open_base)
    with pytest.raises(ConnectionFailed, match="only that user can write"):
        find_home(tmp_path)
    monkeypatch.setattr(home, "ROOT_BASE", open_base / "inner")
    with pytest.raises(ConnectionFailed, match="must be root's, writable by nobody else"):
        find_home(tmp_path)


def test_a_postgres_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres").chmod(0o777)
    with pytest.raises(ConnectionFailed, match="only that user can write"):
        find_home(tmp_path)
