"""Launching: what a worker sees, what it does not, and that launches cost nothing in the long run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import textwrap
from pathlib import Path

import pytest

from dm_mcp.errors import WorkerUnavailable
from dm_mcp.protocol import CHUNK
from dm_mcp.workers.layers import Layer
from dm_mcp.workers.root import FOLDER
from dm_mcp.workers.supervisor import Limits, Supervisor
from tests.workers.harness import HERE, Bench, first_line, marked, open_fds, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_worker_starts_in_its_folder_with_its_environment_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "s3cr3t")
    outcome = await bench.run(
        """
        import os
        print(os.getcwd())
        print(sorted(os.environ.items() - {('CODE', os.environ['CODE'])}))
        """,
        env={"PATH": "/bin", "COLOUR": "blå"},
    )
    where = str(bench.folder) if bench.supervisor.layers[Layer.ROOT] else FOLDER
    assert outcome.stdout == [where, "[('COLOUR', 'blå'), ('PATH', '/bin')]"]


async def test_no_environment_that_a_worker_can_read_holds_the_server_s(
    rooted: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "s3cr3t")
    code = """
        import pathlib
        for path in sorted(pathlib.Path('/proc').glob('[0-9]*/environ')):
            try:
                print(path, b'OPENBLAS' in path.read_bytes(), b's3cr3t' in path.read_bytes())
            except PermissionError:
                print(path, 'closed')
    """
    # The zygote of the fixture is older than the variable: this one is not.
    supervisor = Supervisor(entry="exec_entry:main", path=[str(HERE)])
    fresh = Bench(rooted.folder, None)
    fresh.supervisor = supervisor
    try:
        outcome = await fresh.run(code)
    finally:
        await supervisor.close()
    assert outcome.stderr == []
    assert outcome.stdout == ["/proc/2/environ True False"]


async def test_a_worker_has_four_descriptors_and_a_session_of_its_own(bench: Bench) -> None:
    outcome = await bench.run(
        """
        import os
        print([fd for fd in range(1024) if os.path.exists(f'/proc/self/fd/{fd}')])
        print(os.readlink('/proc/self/fd/0'), control.fileno(), os.get_inheritable(3))
        print(os.getsid(0) == os.getpid() == os.getpgid(0))
        print(oct(os.umask(0)))
        """
    )
    assert outcome.stdout == ["[0, 1, 2, 3]", "/dev/null 3 False", "True", "0o77"]


async def test_bytes_pass_both_ways_on_the_control_socket(bench: Bench) -> None:
    worker = await bench.launch("while data := control.recv(65536): control.sendall(data)")
    loop = asyncio.get_running_loop()
    blob = os.urandom(3 * CHUNK)

    async def receive() -> bytes:
        got = bytearray()
        while len(got) < len(blob):
            got += await loop.sock_recv(worker.control, CHUNK)
        return bytes(got)

    _, echoed = await asyncio.gather(loop.sock_sendall(worker.control, blob), receive())
    assert echoed == blob
    worker.control.shutdown(socket.SHUT_WR)
    assert await worker.wait() == 0
    await worker.close()


async def test_two_workers_have_two_control_sockets(bench: Bench) -> None:
    code = "import os; control.sendall(os.environ['NAME'].encode()); control.recv(1)"
    workers = [await bench.launch(code, env={"NAME": name}) for name in ("one", "two")]
    loop = asyncio.get_running_loop()
    assert [await loop.sock_recv(worker.control, 100) for worker in workers] == [b"one", b"two"]
    await workers[0].close()
    assert workers[1].read_output() == []
    workers[1].control.send(b".")
    assert await workers[1].wait() == 0
    await workers[1].close()


async def test_each_worker_has_random_numbers_of_its_own(bench: Bench) -> None:
    code = """
        import random, numpy, faker
        print(random.random(), numpy.random.random(), faker.Faker().name(), faker.Faker().pyint())
    """
    first, second = await asyncio.gather(bench.run(code), bench.run(code))
    pairs = zip(first.stdout[0].split(), second.stdout[0].split(), strict=False)
    assert first.status == second.status == 0
    assert [a == b for a, b in pairs][:2] == [False, False]
    assert first.stdout[0].split()[2:] != second.stdout[0].split()[2:]


async def test_a_worker_holds_no_capability_but_root_s_on_files(bench: Bench) -> None:
    outcome = await bench.run(
        """
        for line in open('/proc/self/status'):
            if line.startswith(('CapEff', 'CapPrm', 'NoNewPrivs')): print(int(line.split()[1], 16))
        """
    )
    kept = 0 if os.geteuid() or not bench.supervisor.layers[Layer.USER] else 1 << 1
    assert outcome.stdout == [str(kept), str(kept), "1"]


async def test_a_worker_in_namespaces_sees_only_itself(rooted: Bench) -> None:
    outcome = await rooted.run(
        """
        import os, socket
        print([name for name in os.listdir('/proc') if name.isdecimal()], os.getpid(), socket.gethostname())
        """
    )
    assert outcome.stdout == ["['2'] 2 worker"]


async def test_the_network_is_reached_only_where_it_is_allowed(spaces: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
            import socket
            try:
                socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)
                print('connected')
            except OSError as error:
                print(error.strerror)
        """
        assert (await spaces.run(code)).stdout == ["Network is unreachable"]
        assert (await spaces.run(code, network=True)).stdout == ["connected"]


async def test_a_zygote_whose_server_is_gone_before_it_is_ready_ends_without_a_word() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    options: dict[str, object] = {"entry": "exec_entry:main", "isolation": None, "path": [str(HERE)], "locales": []}
    options["without"] = []
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "dm_mcp.workers.zygote", str(theirs.fileno()), json.dumps(options)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"OPENBLAS_NUM_THREADS": "1"},  # as a server starts it: with more threads it could not fork
            pass_fds=[theirs.fileno()],
        )
        printed, _ = await process.communicate()
    assert (process.returncode, printed) == (0, b"")


async def test_descriptors_and_processes_stay_level(bench: Bench) -> None:
    await bench.run("pass")
    zygote = bench.supervisor.zygote_pid
    assert zygote is not None
    before = open_fds("self"), open_fds(zygote)
    for _ in range(20):
        await asyncio.gather(*(bench.run("print(1)") for _ in range(5)))
    assert (open_fds("self"), open_fds(zygote)) == before
    assert not bench.left()


async def test_a_folder_that_is_not_there_is_told_on_stderr(bench: Bench) -> None:
    worker = await bench.supervisor.launch(
        folder=bench.folder / "missing", env={"CODE": ""}, limits=Limits(), network=False
    )
    assert await worker.wait() == 1
    assert "No such file or directory" in worker.read_output()[-1][1].text
    await worker.close()


async def test_a_launch_cancelled_at_any_moment_leaves_nothing(bench: Bench) -> None:
    before = open_fds("self")
    for moment in range(30):
        launch = asyncio.create_task(bench.launch("while True: pass"))
        for _ in range(moment):
            await asyncio.sleep(0)
        launch.cancel()
        try:
            worker = await launch
        except asyncio.CancelledError:
            continue
        await worker.close()
    await until(lambda: not bench.left())
    assert open_fds("self") == before


async def test_a_zygote_that_was_killed_is_replaced(bench: Bench) -> None:
    worker = await bench.launch("print(1)\nwhile True: pass")
    await first_line(worker)
    zygote = bench.supervisor.zygote_pid
    assert zygote is not None
    os.kill(zygote, signal.SIGKILL)
    assert (await bench.run("print(2)")).stdout == ["2"]
    assert bench.supervisor.zygote_pid != zygote
    assert await worker.wait() is None
    await worker.close()
    await until(lambda: not bench.left())


async def test_a_large_environment_passes(bench: Bench) -> None:
    outcome = await bench.run("import os; print(len(os.environ['BIG']))", env={"BIG": "x" * 1_000_000})
    assert outcome.stdout == ["1000000"]


async def test_an_entry_that_can_not_be_imported_is_a_clear_error() -> None:
    supervisor = Supervisor(entry="no_such_module:main")
    with pytest.raises(WorkerUnavailable, match="No module named 'no_such_module'"):
        await supervisor.start()
    assert supervisor.zygote_pid is None
    await supervisor.close()


async def test_a_closed_supervisor_launches_nothing(tmp_path: Path) -> None:
    supervisor = Supervisor(entry="exec_entry:main", path=[str(HERE)])
    await supervisor.close()
    with pytest.raises(WorkerUnavailable, match="closed"):
        await supervisor.launch(folder=tmp_path, env={}, limits=Limits(), network=False)


async def test_closing_while_it_starts_ends_the_zygote(tmp_path: Path) -> None:
    bench = Bench(tmp_path, None)
    starting = asyncio.create_task(bench.supervisor.start())
    await until(lambda: bool(marked(bench.marker)))
    await bench.supervisor.close()
    with pytest.raises(WorkerUnavailable, match="closed"):
        await starting
    assert not marked(bench.marker)


@pytest.mark.parametrize("isolation", ["namespaces", "subreaper", "process-group"])
async def test_closing_ends_every_worker(isolation: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, isolation)
    try:
        workers = [await bench.launch("print(1)\nwhile True: pass") for _ in range(3)]
    except WorkerUnavailable as error:
        pytest.skip(str(error))
    for worker in workers:
        await first_line(worker)
    await bench.supervisor.close()
    await until(lambda: not marked(bench.marker))
    for worker in workers:
        assert await worker.wait() is None
        await worker.close()


SERVER = """
    import asyncio, sys
    from pathlib import Path
    from tests.workers.harness import Bench, first_line

    async def serve():
        bench = Bench(Path(sys.argv[1]), sys.argv[2])
        code = '''
            import os, time
            if os.fork() == 0:
                os.setsid()
                time.sleep(600)
            print(1)
            while True: pass
        '''
        workers = [await bench.launch(code) for _ in range(2)]
        for worker in workers:
            await first_line(worker)
        print('ready', flush=True)
        await asyncio.sleep(600)

    asyncio.run(serve())
"""


@pytest.mark.parametrize("isolation", ["namespaces", "subreaper"])
async def test_nothing_outlives_a_server_that_was_killed(isolation: str, tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(textwrap.dedent(SERVER))
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(tmp_path),
        isolation,
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    if await server.stdout.readline() != b"ready\n":
        await server.wait()
        pytest.skip(f"{isolation} does not work here")
    marker = Bench(tmp_path, None).marker
    assert len(marked(marker)) >= 5
    server.kill()
    await server.wait()
    await until(lambda: not marked(marker))
