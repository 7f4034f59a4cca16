"""Each hostile script, in a run of its own beside an honest one: what comes of it, and that nothing else is hurt."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from dm_mcp.connections.embedded.server import EmbeddedPostgres
from dm_mcp.errors import NotAllowed
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run, Status
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import processes_with
from tests.security.attacks import ATTACKS, Attack, Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = """
[connections.conn_postgres]
dsn = "${TEST_DATABASE_URL}"
[connections.conn_other]
dsn = "${TEST_DATABASE_URL}"
[limits]
timeout = 600
memory = "600 MiB"
disk = "64 MiB"
[policy]
network = false
isolation = "required"
"""
PRELUDE = """
import ctypes, os, resource, signal, socket, struct, subprocess, sys, threading, time
import dm_mcp, dm_mcp.sdk.channel
from datamaker import DataMaker
dm = DataMaker()

def attempt(what):
    try:
        value = what()
    except BaseException as error:
        print('refused:', type(error).__name__, error)
    else:
        print('REACHED:', repr(value)[:200])

def read(path):
    return open(path).read()

def connect(host, port):
    socket.create_connection((host, port), 2)

def datagram(host, port):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', (host, port))

def unix(path):
    socket.socket(socket.AF_UNIX).connect(path)

def call(x86, arm, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    number = x86 if os.uname().machine == 'x86_64' else arm
    if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

def ctypes_ptrace(pid):
    call(101, 117, 16, pid, 0, 0)

def frame(kind, channel, body):
    os.write(3, struct.pack('!IBI', len(body), kind, channel) + body)
"""
ENDS = {
    Outcome.OUT_OF_MEMORY: (Status.FAILED, "out_of_memory"),
    Outcome.OUT_OF_DISK: (Status.FAILED, "out_of_disk"),
    Outcome.TIMED_OUT: (Status.TIMED_OUT, "timed_out"),
    Outcome.PROTOCOL: (Status.FAILED, "protocol_error"),
    Outcome.EXITED: (Status.FAILED, "worker_exited"),
    Outcome.CRASHED: (Status.FAILED, "worker_crashed"),
}
SHORT = "# /// script\n# [tool.dm]\n# timeout = 2\n# ///\n"
NEIGHBOUR = "import time\nwhile True:\n    print('alive')\n    time.sleep(0.05)\n"


@dataclass(frozen=True)
class Ground:
    """Where the attacks take place: an engine, an honest run, and what the scripts are told of the machine."""

    engine: Engine
    neighbour: Run
    facts: str

    async def run(self, attack: Attack) -> Run:
        """Run a hostile script to its end."""
        source = (SHORT if attack.outcome is Outcome.TIMED_OUT else "") + PRELUDE + self.facts + attack.code
        (self.engine.workspace.root / "attack.py").write_text(source)
        run = await self.engine.start(self.engine.workspace.scenario("attack"))
        async with asyncio.timeout(60):
            await run.finished()
        return run

    def held(self) -> tuple[int, str]:
        """What a server must not gather: its descriptors, and its zygote's mounts."""
        mounts = Path(f"/proc/{self.engine.supervisor.zygote_pid}/mountinfo").read_text()
        return len(os.listdir("/proc/self/fd")), mounts  # noqa: PTH208 - a number


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(postgres: EmbeddedPostgres) -> AsyncIterator[Ground]:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as abstract,
        pytest.MonkeyPatch.context() as patch,
    ):
        root = Path(folder, "workspace")
        root.mkdir()  # noqa: ASYNC240 - a look, not work
        (root / "dm.toml").write_text(SETTINGS)
        (root / "neighbour.py").write_text(NEIGHBOUR)
        (root.parent / "secret").write_text("s3cr3t")
        abstract.bind(f"\0dm-mcp-{os.getpid()}")
        abstract.listen()
        login = postgres.login()
        patch.setenv("TEST_DATABASE_URL", f"postgresql://{login.user}:{login.password}@/{login.database}")
        async with Engine(Workspace(root)) as engine:
            await engine.warm_up()
            if off := {name: why for name, why in engine.supervisor.layers.items() if why}:
                pytest.skip(f"this machine lacks layers: {off}")
            neighbour = await engine.start(engine.workspace.scenario("neighbour"))
            [server_socket] = (root / ".dm" / "servers").glob("*.sock")
            facts = {
                "WORKSPACE": str(root),
                "SECRET": str(root.parent / "secret"),
                "HOME": str(Path.home()),
                "DATABASE": str(postgres.folder),
                "DATABASE_SOCKET": f"{login.host}/.s.PGSQL.{login.port}",
                "SERVER_SOCKET": str(server_socket),
                "SERVER_PID": os.getpid(),
                "PORT": tcp.getsockname()[1],
                "ABSTRACT": f"dm-mcp-{os.getpid()}",
            }
            ground = Ground(engine, neighbour, "".join(f"{name} = {value!r}\n" for name, value in facts.items()))
            await ground.run(Attack("nothing", Outcome.HARMLESS, ""))  # what the first run of all opens stays open
            yield ground


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_a_hostile_script_hurts_nothing(ground: Ground, attack: Attack) -> None:
    before, beside = ground.held(), ground.neighbour.line_count
    if attack.outcome is Outcome.NOT_ALLOWED:
        with pytest.raises(NotAllowed):
            await ground.run(attack)
        return
    run = await ground.run(attack)
    texts = [line.text for line in run.lines if not line.text.startswith("seed ")]
    assert not [text for text in texts if text.startswith("REACHED") or "s3cr3t" in text]
    if attack.outcome in ENDS:
        assert (run.status, run.error and run.error.code) == ENDS[attack.outcome], run.error
    else:
        assert run.error is None
        assert (
            attack.outcome is Outcome.HARMLESS or len([t for t in texts if t.startswith("refused")]) == len(texts) > 0
        )
    assert processes_with(run.id) == []
    assert list((ground.engine.workspace.state / "runs").rglob(run.id)) == []
    while ground.neighbour.line_count == beside:  # it goes on
        await ground.neighbour.changed_since(ground.neighbour.version)
    assert ground.neighbour.status is Status.RUNNING
    async with asyncio.timeout(10):
        while ground.held() != before:  # noqa: ASYNC110 - what is closed has no event
            await asyncio.sleep(0.01)
