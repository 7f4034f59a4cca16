"""So many runs at once in a workspace, whichever servers they belong to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.runs import slots
from dm_mcp.runs.slots import Slots


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(slots, "_POLL", 0.001)
    return tmp_path / "slots"


def slots_of(folder: Path, count: int) -> Slots:
    return Slots(lambda: folder, lambda: count)


class Crowd:
    """Runs of several servers; who has a place now, and the most that had one at once."""

    def __init__(self) -> None:
        self.order: list[int] = []
        self.now = 0
        self.most = 0

    async def run(self, slots: Slots, number: int) -> None:
        async with slots.slot():
            self.order.append(number)
            self.now += 1
            self.most = max(self.most, self.now)
            for _ in range(3):
                await asyncio.sleep(0)
            self.now -= 1


async def test_the_limit_holds_for_all_servers_together(folder: Path) -> None:
    servers, crowd = [slots_of(folder, 3) for _ in range(4)], Crowd()
    await asyncio.gather(*(crowd.run(servers[n % 4], n) for n in range(40)))
    assert crowd.most == 3
    assert len(crowd.order) == 40


async def test_within_a_server_who_came_first_goes_first(folder: Path) -> None:
    server, crowd = slots_of(folder, 1), Crowd()
    await asyncio.gather(*(crowd.run(server, n) for n in range(20)))
    assert crowd.order == list(range(20))


async def test_who_came_first_goes_first_also_while_another_server_holds_the_places(folder: Path) -> None:
    server, other, crowd = slots_of(folder, 2), slots_of(folder, 2), Crowd()
    async with other.slot():
        async with other.slot():
            waiting = [asyncio.create_task(crowd.run(server, n)) for n in range(10)]
            for _ in range(100):
                await asyncio.sleep(0)
            assert crowd.order == []
        await asyncio.gather(*waiting)
    assert crowd.order == list(range(10))


async def test_a_run_that_gives_up_waiting_takes_no_place(folder: Path) -> None:
    server, other, crowd = slots_of(folder, 1), slots_of(folder, 1), Crowd()
    async with other.slot():
        waiting = [asyncio.create_task(crowd.run(server, n)) for n in range(3)]
        await asyncio.sleep(0)
        for task in waiting[:2]:
            task.cancel()
        await asyncio.wait(waiting[:2])
    await waiting[2]
    assert crowd.order == [2]
    async with asyncio.timeout(10):
        await crowd.run(server, 3)


async def test_a_new_limit_holds_for_whoever_waits(folder: Path) -> None:
    limits, crowd = [1], Crowd()
    server = Slots(lambda: folder, lambda: limits[-1])
    async with server.slot():
        waiting = asyncio.create_task(crowd.run(server, 1))
        await asyncio.sleep(0)
        assert crowd.order == []
        limits.append(2)
        await waiting
    assert crowd.order == [1]


async def test_a_place_that_can_not_be_taken_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"\.dm/slots"):
        async with slots_of(tmp_path / "missing" / "slots", 1).slot():
            pytest.fail("it was taken")
