"""Lock files between processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dm_mcp.locks import is_held, make_lock, open_lock, share, try_lock, wait_lock

HOLD = """
import sys, time
from pathlib import Path
from dm_mcp.locks import open_lock, wait_lock
wait_lock(open_lock(Path(sys.argv[1])))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    make_lock(tmp_path / "lock")
    return tmp_path / "lock"


def test_a_lock_is_held_until_its_file_is_closed(lock: Path) -> None:
    fd = open_lock(lock)
    assert not is_held(lock)
    wait_lock(fd)
    assert is_held(lock)
    os.close(fd)
    assert not is_held(lock)


def test_a_share_does_not_count_as_held_but_keeps_others_from_holding(lock: Path) -> None:
    shared, rival = share(lock), open_lock(lock)
    assert not is_held(lock)
    assert not try_lock(rival)
    os.close(shared)
    assert try_lock(rival)
    os.close(rival)


def test_asking_whether_a_lock_is_held_leaves_it_to_be_taken(lock: Path) -> None:
    fd = open_lock(lock)
    for _ in range(3):
        assert not is_held(lock)
    assert try_lock(fd)
    os.close(fd)


def test_the_lock_of_a_process_that_was_killed_is_free(lock: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_held(lock)
        holder.kill()
    assert not is_held(lock)


def test_a_lock_file_that_is_not_there_is_not_held_and_not_made(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "lock")
    assert list(tmp_path.iterdir()) == []


def test_what_can_not_be_opened_counts_as_held(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    assert is_held(tmp_path / "lock")
    with pytest.raises(OSError, match="symbolic link"):
        make_lock(tmp_path / "lock")
