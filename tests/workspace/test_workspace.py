import os
import stat
from pathlib import Path

import pytest

from dm_mcp.errors import ScenarioNotFound, WorkspaceError
from dm_mcp.workspace import Workspace, files, find_workspace
from tests.workspace.conftest import SHOP, Write

USES_SHOP = "dm.connection('conn_postgres')\n"


def test_scenarios_are_listed_by_id_and_templates_files_and_state_are_none(workspace: Write) -> None:
    shop = workspace(dict.fromkeys(["b.py", "a.py", "sub/c.py", "templates/t.py", "files/f.py", ".dm/s.py"], ""))
    assert [scenario.id for scenario in shop.scenarios()] == ["a", "b", "sub/c"]
    assert shop.scenario("sub/c").file == "sub/c.py"


def test_a_broken_scenario_is_listed_and_stops_no_other(workspace: Write) -> None:
    shop = workspace({"a.py": "print(", "b.py": "print()"})
    broken, good = shop.scenarios()
    assert broken.error is not None
    assert good.error is None
    assert shop.scenario("a").error is not None


def test_an_unknown_scenario_is_not_found_and_a_near_one_is_hinted_at(workspace: Write) -> None:
    shop = workspace({"regression_seeding.py": ""})
    with pytest.raises(ScenarioNotFound, match="Did you mean 'regression_seeding'"):
        shop.scenario("regresion_seeding")


def test_an_empty_workspace_has_defaults_and_nothing_else(workspace: Write) -> None:
    shop = workspace({})
    assert (shop.scenarios(), shop.templates(), shop.config.connections) == ([], [], {})


def test_what_changes_on_disk_is_seen(workspace: Write, tmp_path: Path) -> None:
    shop = workspace({"a.py": USES_SHOP})
    assert shop.scenario("a").connections == ()
    workspace({"dm.toml": SHOP})
    assert shop.scenario("a").connections == ("conn_postgres",)
    workspace({"a.py": "print()\n", "b.py": USES_SHOP, "templates/t.json": "{"})
    assert [scenario.connections for scenario in shop.scenarios()] == [(), ("conn_postgres",)]
    assert [entry.id for entry in shop.templates()] == ["t"]
    (tmp_path / "b.py").unlink()
    (tmp_path / "templates/t.json").unlink()
    (tmp_path / "dm.toml").unlink()
    assert [scenario.id for scenario in shop.scenarios()] == ["a"]
    assert shop.templates() == []
    assert shop.config.connections == {}


def test_a_file_that_did_not_change_is_not_read_again(
    workspace: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_SETTLED_NS", -1)  # the file counts as old at once
    shop = workspace({"a.py": "print()\n"})
    before = shop.scenario("a")
    assert shop.scenario("a") is before
    os.utime(tmp_path / "a.py", (1e9, 1e9))
    assert shop.scenario("a") is not before


def test_a_broken_configuration_is_told_until_it_is_mended(workspace: Write) -> None:
    shop = workspace({"a.py": "", "dm.toml": "[limits]\nrun = 1\n"})
    with pytest.raises(WorkspaceError, match=r"dm\.toml:2"):
        shop.scenarios()
    workspace({"dm.toml": "[limits]\nruns = 1\n"})
    assert shop.scenario("a").error is None


def test_a_configuration_that_is_no_text_or_a_link_elsewhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    shop = Workspace(tmp_path / "shop")
    (tmp_path / "shop/dm.toml").write_bytes(b"# \n# \xff\n")
    with pytest.raises(WorkspaceError, match=r"dm\.toml:2: The file is not UTF-8"):
        _ = shop.config
    (tmp_path / "shop/dm.toml").unlink()
    (tmp_path / "dm.toml").touch()
    (tmp_path / "shop/dm.toml").symlink_to(tmp_path / "dm.toml")
    with pytest.raises(WorkspaceError, match="leaves the workspace"):
        _ = shop.config


def test_the_state_is_its_owners_only_and_ignored_by_git(workspace: Write, tmp_path: Path) -> None:
    shop = workspace({})
    assert not (tmp_path / ".dm").exists()
    assert shop.state == shop.state == tmp_path / ".dm"
    assert stat.S_IMODE(shop.state.stat().st_mode) == 0o700
    assert (shop.state / ".gitignore").read_text() == "*\n"


class TestFindWorkspace:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("given", "named", "scenarios"):
            (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path)

    def test_the_one_given_comes_first_then_the_environments_then_scenarios(self, tmp_path: Path) -> None:
        assert find_workspace("given", {"DM_WORKSPACE": "named"}) == tmp_path / "given"
        assert find_workspace(None, {"DM_WORKSPACE": "named"}) == tmp_path / "named"
        assert find_workspace(None, {"DM_WORKSPACE": ""}) == tmp_path / "scenarios"
        assert find_workspace(None, {}) == tmp_path / "scenarios"

    def test_a_link_to_the_folder_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("given")
        assert find_workspace("link", {}) == tmp_path / "given"

    @pytest.mark.parametrize(
        ("given", "environ", "told"),
        [
            ("nothing", {}, r"nothing does not exist \(--workspace\)"),
            (None, {"DM_WORKSPACE": "nothing"}, r"nothing does not exist \(DM_WORKSPACE\)"),
            ("file", {}, "file is not a folder"),
        ],
    )
    def test_what_is_no_folder_is_told_with_where_it_came_from(
        self, tmp_path: Path, given: str | None, environ: dict[str, str], told: str
    ) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(WorkspaceError, match=told):
            find_workspace(given, environ)

    def test_without_any_the_hint_says_what_to_give(self, tmp_path: Path) -> None:
        (tmp_path / "scenarios").rmdir()
        with pytest.raises(WorkspaceError, match=r"are not set.*Give --workspace DIR"):
            find_workspace(None, {})
        (tmp_path / "dm.toml").touch()
        with pytest.raises(WorkspaceError, match=r"give --workspace \."):
            find_workspace(None, {})


class TestAFileForTemplates:
    def test_it_is_read_by_its_path_below_files(self, workspace: Write) -> None:
        shop = workspace({"files/a/ages.csv": "\ufeff1,2\n"})
        assert shop.read_file("a/ages.csv") == "1,2\n"

    @pytest.mark.parametrize("path", ["../dm.toml", "/etc/passwd", "a/../../dm.toml", "a", "", "no\0thing", "aegs.csv"])
    def test_what_is_not_there_or_lies_elsewhere_is_not_found(self, workspace: Write, path: str) -> None:
        shop = workspace({"files/a/x.csv": "", "files/ages.csv": "", "dm.toml": ""})
        with pytest.raises(WorkspaceError, match="There is no file") as caught:
            shop.read_file(path)
        assert "ages.csv" in caught.value.hint

    def test_a_link_out_of_the_folder_is_not_followed(self, workspace: Write, tmp_path: Path) -> None:
        shop = workspace({"files/x.csv": "", "secret": "hidden"})
        (tmp_path / "files" / "link").symlink_to(tmp_path / "secret")
        (tmp_path / "files" / "folder").symlink_to(tmp_path)
        for path, says in (("link", "There is no file"), ("folder/secret", "There is no file")):
            with pytest.raises(WorkspaceError, match=says):
                shop.read_file(path)
        (tmp_path / "files" / "out").symlink_to("/etc/hostname")
        with pytest.raises(WorkspaceError, match="leaves the workspace"):
            shop.read_file("out")

    def test_what_is_no_text_is_told(self, workspace: Write, tmp_path: Path) -> None:
        shop = workspace({"files/x.csv": ""})
        (tmp_path / "files" / "x.csv").write_bytes(b"\xff")
        with pytest.raises(WorkspaceError, match="not UTF-8"):
            shop.read_file("x.csv")
