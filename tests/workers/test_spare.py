"""The keeper forked ahead, seen from the server: runs work the same whether they found one or not."""

from __future__ import annotations

import asyncio
import os
import signal

from dm_mcp.workers.supervisor import Supervisor
from tests.workers.harness import HERE, Bench, children, marked


async def until_spare(bench: Bench) -> int:
    """The spare keeper's pid, once there is one."""
    async with asyncio.timeout(10):
        while True:
            for pid in marked(bench.marker) & children(bench.supervisor.zygote_pid or 0):
                return pid
            await asyncio.sleep(0)


async def test_a_run_takes_over_the_spare_keeper(bench: Bench) -> None:
    if bench.supervisor.isolation != "namespaces":
        return
    spare = await until_spare(bench)
    worker = await bench.launch("print('hi')")
    assert worker.pid == spare
    await worker.close()


async def test_a_spare_that_was_killed_is_replaced(bench: Bench) -> None:
    if bench.supervisor.isolation != "namespaces":
        return
    os.kill(await until_spare(bench), signal.SIGKILL)
    for _ in range(2):
        assert (await bench.run("print('hi')")).stdout == ["hi"]


async def test_a_spare_ends_with_its_zygote() -> None:
    bench = Bench.__new__(Bench)
    bench.marker = f"spare-{os.getpid()}"
    bench.supervisor = Supervisor(entry="exec_entry:main", path=[str(HERE), bench.marker])
    await bench.supervisor.start()
    if bench.supervisor.isolation == "namespaces":
        await until_spare(bench)
    await bench.supervisor.close()
    async with asyncio.timeout(10):
        while marked(bench.marker):
            await asyncio.sleep(0)
