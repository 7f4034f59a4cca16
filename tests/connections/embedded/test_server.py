from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from dm_mcp.connections.embedded import EmbeddedPostgres
from dm_mcp.connections.embedded.home import find_home
from dm_mcp.connections.embedded.postmaster import accepts
from dm_mcp.errors import ConnectionFailed
from tests.connections.embedded.sessions import query
from tests.connections.embedded.users import User, runs, server_pid, wait_until_stopped

StartUser = Callable[[Path], User]


async def test_the_first_user_starts_the_server_and_the_last_one_stops_it(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir) as first:
        with EmbeddedPostgres(state_dir) as second:
            assert first.login() == second.login()
        assert await query(first, "select current_user || ' in ' || current_database()") == "dm in dm"
    assert not runs(state_dir)


async def test_the_server_opens_no_tcp_port(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir) as postgres:
        assert await query(postgres, "show listen_addresses") == ""
        assert await query(postgres, "select inet_server_port()") is None


async def test_data_survive_a_restart(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir) as postgres:
        await query(postgres, "create table kept as select 7 as n", "select 1")
    with EmbeddedPostgres(state_dir) as postgres:
        assert await query(postgres, "select n from kept") == 7


async def test_text_is_unicode_whatever_the_locale_of_the_machine(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir) as postgres:
        assert await query(postgres, "select upper('zażółć')") == "ZAŻÓŁĆ"


def test_a_user_in_another_process_adopts_the_server_and_keeps_it(state_dir: Path, user: StartUser) -> None:
    with EmbeddedPostgres(state_dir):
        pid = server_pid(state_dir)
        other = user(state_dir)
        other.wait_until_in()
    assert server_pid(state_dir) == pid
    assert runs(state_dir)
    other.leave()
    assert not runs(state_dir)


def test_the_server_stops_when_its_only_user_was_killed(state_dir: Path, user: StartUser) -> None:
    only = user(state_dir)
    only.wait_until_in()
    assert runs(state_dir)
    only.kill()
    wait_until_stopped(state_dir)


def test_a_killed_user_does_not_count_when_the_last_one_leaves(state_dir: Path, user: StartUser) -> None:
    starter = user(state_dir)
    starter.wait_until_in()
    with EmbeddedPostgres(state_dir):
        starter.kill()
        assert runs(state_dir)
    assert not runs(state_dir)


async def test_a_killed_server_is_started_again_by_the_next_user(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir) as first:
        await query(first, "set synchronous_commit = on", "create table written (n int)", "select 1")
        os.kill(server_pid(state_dir), signal.SIGKILL)
        with EmbeddedPostgres(state_dir) as second:
            assert await query(second, "select count(*) from written") == 0
            assert await query(first, "select 1") == 1
    assert not runs(state_dir)


def test_a_stale_pid_file_that_names_a_live_process_is_no_obstacle(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir):
        stale = (find_home(state_dir).data / "postmaster.pid").read_text()
    _, rest = stale.split("\n", 1)
    (find_home(state_dir).data / "postmaster.pid").write_text(f"{os.getppid()}\n{rest}")
    with EmbeddedPostgres(state_dir):
        assert server_pid(state_dir) != os.getppid()


def test_users_that_come_at_once_to_an_empty_folder_share_one_server(cold_state_dir: Path, user: StartUser) -> None:
    cut_short = find_home(cold_state_dir).base / "data.new"
    cut_short.mkdir()
    (cut_short / "PG_VERSION").write_text("half done")
    users = [user(cold_state_dir) for _ in range(3)]
    for each in users:
        each.wait_until_in()
    assert runs(cold_state_dir)
    for each in users:
        each.leave()
    assert not runs(cold_state_dir)


def test_a_user_of_a_deleted_workspace_does_not_stop_the_server_of_its_successor(cold_state_dir: Path) -> None:
    old = EmbeddedPostgres(cold_state_dir)
    old_pid = server_pid(cold_state_dir)
    shutil.rmtree(cold_state_dir)
    with EmbeddedPostgres(cold_state_dir):
        assert server_pid(cold_state_dir) != old_pid
        old.close()
        assert accepts(find_home(cold_state_dir))
    with suppress(ProcessLookupError):
        os.kill(old_pid, signal.SIGQUIT)  # an ordinary user's would take a minute to see that its data are gone


def test_no_signal_of_the_terminal_reaches_the_server(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir):
        assert os.getsid(server_pid(state_dir)) == server_pid(state_dir)


def test_a_stopped_server_leaves_no_zombie(state_dir: Path) -> None:
    before = set(threading.enumerate())  # the session's own server has one too
    with EmbeddedPostgres(state_dir):
        reapers = [one for one in set(threading.enumerate()) - before if one.name == "reap postgres"]
        assert reapers
    for reaper in reapers:
        reaper.join(10)
        assert not reaper.is_alive()


FORK = """
import os, sys
from pathlib import Path
from dm_mcp.connections.embedded import EmbeddedPostgres, home
home.ROOT_BASE = Path(sys.argv[2])
postgres = EmbeddedPostgres(Path(sys.argv[1]))
if os.fork() == 0:
    postgres.close()
    os._exit(0)
os.wait()
assert EmbeddedPostgres(Path(sys.argv[1])).login() == postgres.login()
"""


def test_a_forked_child_that_closes_does_not_stop_its_parents_server_and_exit_does(
    state_dir: Path, root_base: Path
) -> None:
    subprocess.run([sys.executable, "-c", FORK, str(state_dir), str(root_base)], check=True)
    assert not runs(state_dir)


def test_folders_that_were_there_keep_their_rights(state_dir: Path) -> None:
    state_dir.chmod(0o755)
    state_dir.parent.chmod(0o711)
    with EmbeddedPostgres(state_dir):
        assert stat.S_IMODE(state_dir.stat().st_mode) == 0o755
        assert stat.S_IMODE(state_dir.parent.stat().st_mode) == 0o711


def test_after_close_there_is_no_login(state_dir: Path) -> None:
    postgres = EmbeddedPostgres(state_dir)
    postgres.close()
    postgres.close()
    with pytest.raises(ConnectionFailed, match="does not run") as caught:
        postgres.login()
    assert "Open it again" in caught.value.hint


def test_the_password_stays_out_of_the_repr(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir) as postgres:
        login = postgres.login()
        assert len(login.password) >= 43
        assert login.password not in repr(login)
        assert stat.S_IMODE((postgres.folder / "password.dm").stat().st_mode) == 0o600


def test_a_server_that_does_not_start_shows_the_end_of_its_log(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir):
        pass
    settings = find_home(state_dir).data / "postgresql.auto.conf"
    kept = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    try:
        with pytest.raises(ConnectionFailed, match=r'did not start.*"no_such_setting"'):
            EmbeddedPostgres(state_dir)
    finally:
        settings.write_text(kept)
    with EmbeddedPostgres(state_dir):
        assert runs(state_dir)


def test_a_lost_password_is_an_error_with_a_way_out(state_dir: Path) -> None:
    with EmbeddedPostgres(state_dir) as postgres:
        secret = postgres.folder / "password.dm"
    kept = secret.rename(secret.with_suffix(".kept"))
    try:
        with pytest.raises(ConnectionFailed, match="password is gone") as caught:
            EmbeddedPostgres(state_dir)
        assert "move" in caught.value.hint
    finally:
        kept.rename(secret)


def test_data_of_another_major_version_are_left_alone(cold_state_dir: Path) -> None:
    data = find_home(cold_state_dir).data
    data.mkdir()
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(ConnectionFailed, match="made by PostgreSQL 17, the installed one is 18"):
        EmbeddedPostgres(cold_state_dir)
    assert [place.name for place in data.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConnectionFailed, match="file") as caught:
        EmbeddedPostgres(tmp_path / "file" / ".dm")
    assert "writable" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_state_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(ConnectionFailed, match="belongs to user 12345"):
        EmbeddedPostgres(tmp_path)


def test_a_socket_path_too_long_for_the_kernel_is_replaced_by_a_short_one(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dm_mcp.connections.embedded.postmaster.SOCKET_PATH_MAX", 40)
    with EmbeddedPostgres(state_dir) as postgres:
        folder = Path(postgres.login().host)
        assert folder.parent == Path("/tmp")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()
