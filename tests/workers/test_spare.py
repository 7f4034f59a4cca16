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


@pytest.fixture
def spared(bench: Bench) -> Bench:
    if bench.supervisor.isolation != "namespaces":
        pytest.skip("only runs in namespaces have a spare keeper")
    return bench


async def test_a_run_takes_over_the_spare_keeper(spared: Bench) -> None:
    await until(lambda: len(spares(spared)) == 1)
    [spare] = spares(spared)
    worker = await spared.launch("print('hi')")
    assert worker.pid == spare
    await worker.close()


async def test_a_spare_that_was_killed_is_replaced(spared: Bench) -> None:
    await until(lambda: len(spares(spared)) == 1)
    [spare] = spares(spared)
    os.kill(spare, signal.SIGKILL)
    await until(lambda: spare not in spares(spared))
    for _ in range(2):
        outcome = await spared.run("print('hi')")
        assert (outcome.status, outcome.stdout, outcome.stderr) == (0, ["hi"], [])


async def test_a_run_with_the_network_does_not_take_the_spare_one(spared: Bench) -> None:
    await until(lambda: len(spares(spared)) == 1)
    [spare] = spares(spared)
    worker = await spared.launch("print('hi')", network=True)
    assert worker.pid != spare
    await worker.close()
