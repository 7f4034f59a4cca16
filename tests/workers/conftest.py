"""One supervisor for each way to hold a run together, shared by the tests of a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest
import pytest_asyncio

from dm_mcp.errors import WorkerUnavailable
from dm_mcp.workers.layers import Layer
from tests.workers.harness import Bench, until

MODES = ["namespaces", "subreaper", "process-group"]


async def _bench(folder: pytest.TempPathFactory, isolation: str, without: Collection[str] = ()) -> Bench:
    bench = Bench(folder.mktemp("run"), isolation, without)
    try:
        await bench.supervisor.start()
    except WorkerUnavailable as error:
        await bench.supervisor.close()
        if isolation == "namespaces":
            pytest.skip(str(error))
        raise
    return bench


@pytest_asyncio.fixture(params=MODES, scope="module", loop_scope="module")
async def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """Any isolation."""
    made = await _bench(tmp_path_factory, request.param)
    yield made
    await made.supervisor.close()
    await until(lambda: not made.left())


@pytest_asyncio.fixture(params=MODES[:2], scope="module", loop_scope="module")
async def tight(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """An isolation from which no process escapes, whatever the layers beside it do."""
    made = await _bench(tmp_path_factory, request.param, set(Layer) - {Layer.NAMESPACES})
    yield made
    await made.supervisor.close()
    await until(lambda: not made.left())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spaces(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """Namespaces."""
    made = await _bench(tmp_path_factory, "namespaces")
    yield made
    await made.supervisor.close()
    await until(lambda: not made.left())


async def only(layer: Layer, folder: Path) -> AsyncIterator[Bench]:
    """A supervising process, and this layer alone."""
    made = Bench(folder, "subreaper", set(Layer) - {layer})
    await made.supervisor.start()
    if reason := made.supervisor.layers[layer]:
        await made.supervisor.close()
        pytest.skip(reason)
    yield made
    await made.supervisor.close()
    await until(lambda: not made.left())


@pytest.fixture
def rooted(spaces: Bench) -> Bench:
    """Namespaces with a root of their own."""
    if reason := spaces.supervisor.layers[Layer.ROOT]:
        pytest.skip(reason)
    return spaces
