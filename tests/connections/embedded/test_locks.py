from __future__ import annotations

import os
from pathlib import Path

import pytest

from dm_mcp.connections.embedded.locks import locked
from dm_mcp.errors import ConnectionFailed
from dm_mcp.locks import make_lock, open_lock, share, try_lock


def test_a_lock_is_exclusive_only_when_no_other_share_is_held(tmp_path: Path) -> None:
    make_lock(tmp_path / "lock")
    first, second = share(tmp_path / "lock"), share(tmp_path / "lock")
    assert not try_lock(second)
    os.close(first)
    assert try_lock(second)
    os.close(second)


def test_waiting_for_a_lock_ends_with_an_error_that_names_it(tmp_path: Path) -> None:
    make_lock(tmp_path / "lock")
    holder = open_lock(tmp_path / "lock")
    assert try_lock(holder)
    with pytest.raises(ConnectionFailed, match=str(tmp_path / "lock")), locked(tmp_path / "lock", 0.01):
        pass
    os.close(holder)
    with locked(tmp_path / "lock", 0.01):
        pass


def test_a_link_in_place_of_a_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        make_lock(tmp_path / "lock")
    assert not (tmp_path / "elsewhere").exists()
