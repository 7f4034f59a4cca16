"""When root runs the tests: the same life cycle once more as an ordinary user, in a folder with a long path."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from dm_mcp.connections.embedded.install import PACKAGE

UID = pwd.getpwnam("nobody").pw_uid  # initdb wants a user with a name

SCRIPT = """
import os, sys
from pathlib import Path
os.setgroups([]); os.setgid({uid}); os.setuid({uid})
sys.path[:0] = {path!r}
from dm_mcp.connections.embedded import EmbeddedPostgres
for _ in range(2):
    with EmbeddedPostgres(Path(sys.argv[1])) as first, EmbeddedPostgres(Path(sys.argv[1])) as second:
        assert first.login() == second.login()
        assert first.login().host.startswith("/tmp/dm-pg-"), first.login()
        assert first.folder == Path(sys.argv[1], "postgres")
        assert (first.folder / "data").stat().st_uid == {uid}
    assert not os.path.exists(first.folder / "data/postmaster.pid")
"""


def _interpreter(path: list[str]) -> str:
    """A Python that an ordinary user can run and that can import our code from `path`; skips if there is none."""
    probe = f"import sys; sys.path[:0] = {path!r}; import dm_mcp.errors; assert sys.version_info >= (3, 11)"
    found = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    if found is None:
        pytest.skip("no Python in /usr/bin")
    done = subprocess.run(
        [found, "-c", probe], user=UID, group=UID, extra_groups=[], cwd="/", capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("the Python in /usr/bin is too old, or our code lies where an ordinary user can't read it")
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_needs_nothing_of_root(root_base: Path) -> None:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    path = [str(Path(__file__).parents[3]), str(Path(spec.origin).parents[1])]
    interpreter = _interpreter(path)
    folder = root_base / ("long" * 30)
    folder.mkdir()
    os.chown(folder, UID, UID)
    script = SCRIPT.format(uid=UID, path=path)
    done = subprocess.run([interpreter, "-c", script, str(folder / ".dm")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(folder)
