"""The keeper forked ahead, seen from the server: runs work the same whether they found one or not."""

from __future__ import annotations

import os
import signal

import pytest

from tests.workers.harness import Bench, children, marked, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def spares(bench: Bench) -> set[int]:
    """The zygote's children while no run is under way."""
    return marked(bench.marker) & children(bench.supervisor.zygote_pid or 0)


async def test_a_run_takes_over_the_spare_keeper(spaces: Bench) -> None:
    await until(lambda: len(spares(spaces)) == 1)
    [spare] = spares(spaces)
    worker = await spaces.launch("print('hi')")
    assert worker.pid == spare
    await worker.close()


async def test_a_spare_that_was_killed_is_replaced(spaces: Bench) -> None:
    await until(lambda: len(spares(spaces)) == 1)
    [spare] = spares(spaces)
    os.kill(spare, signal.SIGKILL)
    await until(lambda: spare not in spares(spaces))
    for _ in range(2):
        outcome = await spaces.run("print('hi')")
        assert (outcome.status, outcome.stdout, outcome.stderr) == (0, ["hi"], [])


async def test_a_run_with_the_network_does_not_take_the_spare_one(spaces: Bench) -> None:
    await until(lambda: len(spares(spaces)) == 1)
    [spare] = spares(spaces)
    worker = await spaces.launch("print('hi')", network=True)
    assert worker.pid != spare
    await worker.close()
