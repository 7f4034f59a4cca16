"""A run's own root, seen from inside: what is there, what is not, and what can't be changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dm_mcp.workers.root import FOLDER, TEMPORARY
from tests.workers.harness import Bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_root_holds_nothing_of_the_machine_s_own(spaces: Bench) -> None:
    secret = spaces.folder.parent / "secret"
    secret.write_text("s3cr3t")
    outcome = await spaces.run(
        f"""
        import os
        print(os.getcwd(), os.listdir('.'))
        for path in {[str(secret), str(spaces.folder), "/etc/shadow", "/var", "/home", "/proc/1"]}:
            print(os.path.lexists(path))
        print(os.listdir('/proc/self/fd')[:4])
        """
    )
    assert outcome.stdout == [f"{FOLDER} []", *["False"] * 6, "['0', '1', '2', '3']"]


async def test_only_the_run_s_own_folders_can_be_written(spaces: Bench) -> None:
    outcome = await spaces.run(
        f"""
        import errno, os, sys
        own, library = {[FOLDER, *TEMPORARY]!r}, os.path.dirname(os.__file__)
        for folder in (*own, '/', '/etc', '/proc', '/dev', sys.prefix, library):
            try:
                open(folder + '/new', 'w').close()
                print('written')
            except OSError as error:
                print(errno.errorcode[error.errno])
        """
    )
    assert outcome.stdout[:3] == ["written"] * 3
    assert set(outcome.stdout[3:]) <= {"EACCES", "EROFS", "ENOENT"}
    assert len(outcome.stdout) == 9


async def test_what_a_run_writes_is_found_in_its_folder(spaces: Bench) -> None:
    await spaces.run("open('rows', 'w').write('1')")
    assert (spaces.folder / "rows").read_text() == "1"
    (spaces.folder / "rows").unlink()


async def test_folders_in_memory_are_small_and_each_run_s_own(spaces: Bench) -> None:
    fill = """
        import errno
        try:
            with open('/tmp/full', 'xb') as file:
                while True: file.write(bytes(1 << 20))
        except OSError as error:
            print(errno.errorcode[error.errno])
    """
    assert [(await spaces.run(fill)).stdout for _ in range(2)] == [["ENOSPC"]] * 2


async def test_what_the_interpreter_imports_late_is_there(spaces: Bench) -> None:
    outcome = await spaces.run(
        """
        import sqlite3, ssl, zoneinfo, subprocess, sys, pwd, os
        print(zoneinfo.ZoneInfo('Europe/Berlin'), len(ssl.create_default_context().get_ca_certs()) > 0)
        print(pwd.getpwuid(os.getuid()).pw_name)
        print(subprocess.check_output([sys.executable, '-c', 'import numpy; print(1)'], text=True).strip())
        print(subprocess.check_output('echo 2 > /dev/null; echo 3', shell=True, text=True).strip())
        """
    )
    assert (outcome.stdout, outcome.stderr) == (["Europe/Berlin True", "scenario", "1", "3"], [])


async def test_a_run_with_the_network_finds_addresses_by_name(spaces: Bench) -> None:
    outcome = await spaces.run("print(open('/etc/hosts').read(), end='')", network=True)
    assert outcome.stdout == Path("/etc/hosts").read_text().splitlines()  # noqa: ASYNC240 - a look, not work
    assert (await spaces.run("print(open('/etc/hosts').read(), end='')")).stdout == []


async def test_runs_leave_no_mount_behind(spaces: Bench) -> None:
    def mounted() -> str:
        return Path(f"/proc/{spaces.supervisor.zygote_pid}/mountinfo").read_text()

    before = mounted()
    for _ in range(3):
        await spaces.run("print(1)")
    assert mounted() == before
