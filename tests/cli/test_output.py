"""Where a command's data go: a file is replaced when all of it is there, and nothing else ever is."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from dm_mcp.cli.output import open_output
from dm_mcp.errors import InvalidRequest


def write(path: Path, data: bytes = b"new") -> None:
    with open_output(path) as out:
        out.write(data)


def test_a_file_is_replaced_and_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"old")
    file.chmod(0o600)
    write(file)
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_has_the_rights_that_the_mask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "rows.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "rows.csv").stat().st_mode) == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"old")
    with pytest.raises(KeyError), open_output(file) as out:
        out.write(b"half")
        raise KeyError
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_links_target_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_what_lies_beside_the_file_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"mine")
    (tmp_path / "rows.csv.part").symlink_to(other)
    write(tmp_path / "rows.csv")
    assert other.read_bytes() == b"mine"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join()
    assert read == [b"new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["", "missing/rows.csv", "x" * 300])
def test_what_can_not_be_written_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest, match="can't be written"):
        write(tmp_path / name)
