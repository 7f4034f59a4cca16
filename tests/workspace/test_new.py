"""A new workspace: what its files are, and that nothing of a person's is touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.workspace import Workspace
from dm_mcp.workspace.new import EXAMPLE, FILES, write_starter
from tests.conftest import PROJECT

SOURCE = Path(write_starter.__code__.co_filename).parent / "starter"


def test_every_file_of_the_starter_is_listed() -> None:
    there = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*") if path.is_file()}
    assert {file for file in there if "__pycache__" not in file} == set(FILES)


def test_its_templates_are_those_that_the_pages_speak_of() -> None:
    for file in FILES:
        if file.startswith("templates/"):
            assert (SOURCE / file).read_bytes() == (PROJECT / "scenarios" / file).read_bytes()


def test_a_new_workspace_is_valid_in_all_its_parts(tmp_path: Path) -> None:
    assert write_starter(tmp_path / "a" / "b") == (list(FILES), [])
    workspace = Workspace(tmp_path / "a" / "b")
    scenario = workspace.scenario(EXAMPLE)
    assert scenario.error is None
    assert scenario.connections == ("conn_postgres",)
    assert set(scenario.params["properties"]) == {"customers", "orders"}
    assert [entry.error for entry in workspace.templates()] == [None, None]
    assert workspace.config.connections["conn_postgres"].embedded
    assert (workspace.root / "files").is_dir()


def test_the_commented_part_of_the_configuration_is_valid_too(tmp_path: Path) -> None:
    write_starter(tmp_path)
    config = tmp_path / "dm.toml"
    config.write_text(re.sub(r"(?m)^# (?=\[|\w+ = )", "", config.read_text()))
    told = Workspace(tmp_path).config
    assert set(told.connections) == {"conn_postgres", "conn_staging"}
    assert told.limits == type(told.limits)()  # the defaults, as it says


def test_a_file_that_is_there_is_kept_whatever_it_is(tmp_path: Path) -> None:
    (tmp_path / "dm.toml").write_text("# mine\n")
    (tmp_path / f"{EXAMPLE}.py").symlink_to("nowhere.py")
    starter = write_starter(tmp_path)
    assert starter.kept == ["dm.toml", f"{EXAMPLE}.py"]
    assert set(starter.made) == set(FILES) - set(starter.kept)
    assert (tmp_path / "dm.toml").read_text() == "# mine\n"
    assert not (tmp_path / "nowhere.py").exists()


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("")
    with pytest.raises(WorkspaceError, match=r"templates can't be made: File exists"):
        write_starter(tmp_path)
