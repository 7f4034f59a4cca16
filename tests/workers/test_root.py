"""A run's own root, seen from inside: what is there, what is not, and what can't be changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dm_mcp.workers.layers import Layer
from dm_mcp.workers.root import FOLDER, TEMPORARY
from dm_mcp.workers.supervisor import Supervisor
from tests.workers.harness import HERE, Bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_root_holds_nothing_of_the_machine_s_own(rooted: Bench) -> None:
    secret = rooted.folder.parent / "secret"
    secret.write_text("s3cr3t")
    outcome = await rooted.run(
        f"""
        import os
        print(os.getcwd(), os.listdir('.'))
        for path in {[str(secret), str(rooted.folder), "/etc/shadow", "/var", "/home", "/proc/1"]}:
            print(os.path.lexists(path))
        print(os.listdir('/proc/self/fd')[:4])
        """
    )
    assert outcome.stdout == [f"{FOLDER} []", *["False"] * 6, "['0', '1', '2', '3']"]


async def test_only_the_run_s_own_folders_can_be_written(rooted: Bench) -> None:
    outcome = await rooted.run(
        f"""
        import errno, os
        own, library = {[FOLDER, *TEMPORARY]!r}, os.path.dirname(os.__file__)
        for folder in (*own, '/', '/etc', '/proc', '/dev', library):
            try:
                open(folder + '/new', 'w').close()
                print('written')
            except OSError as error:
                print(errno.errorcode[error.errno])
        """
    )
    assert outcome.stdout[:3] == ["written"] * 3
    assert set(outcome.stdout[3:]) <= {"EACCES", "EROFS", "ENOENT"}
    assert len(outcome.stdout) == 8


async def test_what_a_run_writes_is_found_in_its_folder(rooted: Bench) -> None:
    await rooted.run("open('rows', 'w').write('1')")
    assert (rooted.folder / "rows").read_text() == "1"
    (rooted.folder / "rows").unlink()


async def test_folders_in_memory_are_small_and_each_run_s_own(rooted: Bench) -> None:
    fill = """
        import errno
        try:
            with open('/tmp/full', 'xb') as file:
                while True: file.write(bytes(1 << 20))
        except OSError as error:
            print(errno.errorcode[error.errno])
    """
    assert [(await rooted.run(fill)).stdout for _ in range(2)] == [["ENOSPC"]] * 2


async def test_what_the_interpreter_imports_late_is_there(rooted: Bench) -> None:
    outcome = await rooted.run(
        """
        import sqlite3, ssl, zoneinfo, subprocess, sys, pwd, os
        print(zoneinfo.ZoneInfo('Europe/Berlin'), len(ssl.create_default_context().get_ca_certs()) > 0)
        print(pwd.getpwuid(os.getuid()).pw_name)
        print(subprocess.check_output([sys.executable, '-c', 'import numpy; print(1)'], text=True).strip())
        print(subprocess.check_output('echo 2 > /dev/null; echo 3', shell=True, text=True).strip())
        """
    )
    assert (outcome.stdout, outcome.stderr) == (["Europe/Berlin True", "scenario", "1", "3"], [])


async def test_a_run_with_the_network_finds_addresses_by_name(rooted: Bench) -> None:
    outcome = await rooted.run("print(open('/etc/hosts').read(), end='')", network=True)
    assert outcome.stdout == Path("/etc/hosts").read_text().splitlines()  # noqa: ASYNC240 - a look, not work
    assert (await rooted.run("print(open('/etc/hosts').read(), end='')")).stdout == []


@pytest.mark.usefixtures("rooted")
async def test_what_a_run_may_read_may_lie_in_tmp_and_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "one.txt").write_text("1")
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "two.txt").write_text("2")
    (tmp_path / "secret.txt").write_text("s3cr3t")
    folder = tmp_path / "run"
    folder.mkdir()
    path = [str(HERE), *(str(tmp_path / name) for name in ("lib", "lib64", "two.txt"))]
    bench = Bench(folder, None)
    bench.supervisor = Supervisor(entry="exec_entry:main", path=path)
    outcome = await bench.run(
        f"""
        import os
        os.chdir({str(tmp_path)!r})
        print(sorted(os.listdir()), open('lib64/one.txt').read(), open('two.txt').read())
        """
    )
    root = bench.supervisor.layers[Layer.ROOT]
    await bench.supervisor.close()
    assert root == ""
    assert (outcome.stdout, outcome.stderr) == (["['lib', 'lib64', 'two.txt'] 1 2"], [])


async def test_runs_leave_no_mount_behind(rooted: Bench) -> None:
    def mounted() -> str:
        return Path(f"/proc/{rooted.supervisor.zygote_pid}/mountinfo").read_text()

    before = mounted()
    for _ in range(3):
        await rooted.run("print(1)")
    assert mounted() == before
