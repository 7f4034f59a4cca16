"""Landlock alone: what a script reaches where nothing else keeps it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dm_mcp.workers.layers import Layer
from tests.workers.conftest import only
from tests.workers.harness import Bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def locked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async for bench in only(Layer.LANDLOCK, tmp_path_factory.mktemp("run")):
        yield bench


async def test_files_of_others_are_out_of_reach(locked: Bench) -> None:
    secret = locked.folder.parent / "secret"
    secret.write_text("s3cr3t")
    outcome = await locked.run(
        f"""
        import errno, os
        for reach in (lambda: open({str(secret)!r}), lambda: open('/etc/passwd'), lambda: os.listdir('/'),
                      lambda: open('/proc/1/status'), lambda: open({str(secret)!r}, 'w'),
                      lambda: os.link({str(secret)!r}, 'mine'), lambda: os.unlink({str(secret)!r})):
            try:
                reach()
                print('reached')
            except OSError as error:
                print(errno.errorcode[error.errno])
        """
    )
    assert outcome.stdout[:5] == ["EACCES"] * 5
    assert set(outcome.stdout[5:]) <= {"EACCES", "EXDEV"}
    assert secret.read_text() == "s3cr3t"


async def test_the_interpreter_and_the_run_s_folder_are_within_reach(locked: Bench) -> None:
    outcome = await locked.run(
        """
        import sqlite3, ssl, os, subprocess, sys
        os.mkdir('a'); open('a/b', 'w').write('1'); os.rename('a/b', 'c'); print(open('c').read())
        os.unlink('c'); os.rmdir('a')
        print(subprocess.check_output([sys.executable, '-c', 'print(2)'], text=True).strip())
        open('/dev/null', 'w').write('x')
        """
    )
    assert (outcome.stdout, outcome.stderr) == (["1", "2"], [])


async def test_tcp_is_closed_unless_the_run_has_the_network(locked: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
            import socket
            try:
                socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)
                print('connected')
            except OSError as error:
                print(error.strerror)
        """
        assert (await locked.run(code)).stdout == ["Permission denied"]
        assert (await locked.run(code, network=True)).stdout == ["connected"]


async def test_signals_reach_no_process_outside(locked: Bench) -> None:
    outcome = await locked.run(
        """
        import os, signal
        child = os.fork()
        if child == 0: signal.pause()
        os.kill(child, 9); os.wait(); print('own')
        try: os.kill(os.getppid(), 0)
        except PermissionError: print('refused')
        """
    )
    assert outcome.stdout == ["own", "refused"]
