import os
from pathlib import Path

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.workspace.files import MAX_SIZE, FileCache, Found, find_files, look_at, read_bytes


def names(root: Path, **options: str) -> set[str]:
    return {found.file for found in find_files(root, ".py", **options)}


def make(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("x = 1\n")


def test_files_are_found_in_all_folders_but_hidden_ones_and_those_to_skip(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.txt", "s/t/c.py", "files/d.py", "s/files/e.py", ".dm/f.py", "s/.g/h.py", ".i.py")
    make(tmp_path, "__pycache__/j.py", "s/__init__.py", "_k.py")
    assert {found.file for found in find_files(tmp_path, ".py", skip=("files",))} == {
        "a.py",
        "s/t/c.py",
        "s/files/e.py",
        "_k.py",
    }
    assert names(tmp_path, under="s") == {"s/t/c.py", "s/files/e.py"}


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert names(tmp_path, under="templates") == set()
    assert look_at(tmp_path, "dm.toml") is None


def test_a_folder_with_a_files_name_is_none(tmp_path: Path) -> None:
    make(tmp_path, "a.py/b.py")
    assert names(tmp_path) == {"a.py/b.py"}
    assert look_at(tmp_path, "a.py") is None


def test_a_link_within_the_workspace_is_followed_and_one_that_leaves_it_is_not(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    make(root, "a.py")
    make(outside, "secret.py", "more/b.py")
    (root / "inside.py").symlink_to("a.py")
    (root / "leaves.py").symlink_to(outside / "secret.py")
    (root / "nowhere.py").symlink_to("nothing")
    (root / "circle.py").symlink_to("circle.py")
    (root / "folder").symlink_to(outside)
    (root / "up").symlink_to(root)
    found = {one.file: one for one in find_files(root, ".py")}
    assert found.keys() == {"a.py", "inside.py", "leaves.py"}
    assert found["inside.py"].error is None
    assert read_bytes(found["inside.py"].path, "inside.py") == b"x = 1\n"
    error = found["leaves.py"].error
    assert error is not None
    assert "leaves the workspace" in error.message


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    (found,) = find_files(tmp_path, ".py")
    assert found.error is not None
    assert "regular file" in found.error.message
    assert read_bytes(found.path, "a.py") == b""


@pytest.mark.parametrize("name", [b"a\nb.py", b"\xff.py", b"a\x1b[31m.py"])
def test_a_name_that_cant_be_shown_is_told_and_made_harmless(tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x = 1\n")
    (found,) = find_files(tmp_path, ".py")
    assert found.error is not None
    assert found.error.where.get("file", "\n").isprintable()


def test_a_file_that_is_too_long_or_gone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"#" * MAX_SIZE)
    assert len(read_bytes(tmp_path / "a.py", "a.py")) == MAX_SIZE
    (tmp_path / "a.py").write_bytes(b"#" * (MAX_SIZE + 1))
    with pytest.raises(WorkspaceError, match="longer than 512 KiB"):
        read_bytes(tmp_path / "a.py", "a.py")
    (tmp_path / "a.py").unlink()
    with pytest.raises(WorkspaceError, match="can't be read: No such file"):
        read_bytes(tmp_path / "a.py", "a.py")


class TestFileCache:
    def setup_method(self) -> None:
        self.made: list[str] = []
        self.cache = FileCache(self.make)

    def make(self, found: Found) -> str:
        self.made.append(found.file)
        return found.path.read_text()

    def get(self, root: Path, age: float = 0) -> str:
        found = look_at(root, "a.py")
        assert found
        ago = int(age * 1e9)
        stamp = found.stamp._replace(modified=found.stamp.modified - ago, changed=found.stamp.changed - ago)
        return self.cache.get(found._replace(stamp=stamp))

    def test_an_old_file_is_read_once(self, tmp_path: Path) -> None:
        make(tmp_path, "a.py")
        assert [self.get(tmp_path, age=60) for _ in range(3)] == ["x = 1\n"] * 3
        assert self.made == ["a.py"]

    def test_a_file_just_written_is_read_again(self, tmp_path: Path) -> None:
        make(tmp_path, "a.py")
        (tmp_path / "a.py").write_text("x = 1\n")
        os.utime(tmp_path / "a.py", (2e9 * 2, 2e9 * 2))  # a clock that runs ahead must not hide a change
        self.get(tmp_path)
        (tmp_path / "a.py").write_text("x = 2\n")
        assert self.get(tmp_path) == "x = 2\n"
        assert len(self.made) == 2

    def test_a_change_of_the_same_size_and_time_is_seen(self, tmp_path: Path) -> None:
        make(tmp_path, "a.py")
        os.utime(tmp_path / "a.py", (1e9, 1e9))
        self.get(tmp_path)
        (tmp_path / "a.py").write_text("x = 2\n")
        os.utime(tmp_path / "a.py", (1e9, 1e9))
        assert self.get(tmp_path) == "x = 2\n"

    def test_what_is_gone_is_forgotten(self, tmp_path: Path) -> None:
        make(tmp_path, "a.py")
        self.get(tmp_path, age=60)
        self.cache.keep_only({"b.py"})
        self.get(tmp_path, age=60)
        assert self.made == ["a.py", "a.py"]
