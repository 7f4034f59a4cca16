"""This server in the workspace: what it makes, what it clears away of the dead, what it leaves."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dm_mcp.errors import WorkspaceError
from dm_mcp.locks import make_lock
from dm_mcp.runs.control import ask_to_cancel
from dm_mcp.runs.history import History
from dm_mcp.runs.members import Member, is_alive, socket_of
from dm_mcp.runs.presence import Presence
from dm_mcp.runs.run import Run, Status
from dm_mcp.workspace.workspace import Workspace
from tests.runs.instant import InstantRun
from tests.runs.records import add


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


@pytest.fixture
def state(root: Path) -> Path:
    return root / ".dm"


class Server:
    """A server with one run, as far as the workspace sees it."""

    def __init__(self, root: Path) -> None:
        self.run = InstantRun(scenario_id="a", title="A", seed=1, params={})
        self.history = History(Workspace(root), lambda: {self.run.id: self.run})
        self.presence = Presence(Workspace(root), self.history, {self.run.id: self.run}, self.cancel)

    async def cancel(self, run: Run) -> None:
        self.run.end(Status.CANCELLED)

    async def leave(self) -> None:
        await self.presence.leave()
        await self.history.close()


@pytest.fixture
async def server(root: Path) -> AsyncIterator[Server]:
    server = Server(root)
    yield server
    await server.leave()


def dead_server(state: Path) -> str:
    """A server that left its lock file, its socket and the folder of a run."""
    member = Member(state / "servers")
    (state / "runs" / member.id / "run_x" / "deep").mkdir(parents=True)
    (state / "runs" / member.id / "run_x" / "deep" / "file").write_text("left")
    member.leave()
    make_lock(state / "servers" / f"{member.id}.lock")
    member.socket.parent.mkdir(exist_ok=True)
    member.socket.touch()
    return member.id


def locks(state: Path) -> set[str]:
    return {path.stem for path in (state / "servers").glob("*.lock")}


async def test_a_server_that_never_entered_leaves_no_trace(root: Path, state: Path) -> None:
    await Server(root).leave()
    assert names(state) == set()


async def test_a_server_has_one_id_and_is_reached_by_it(server: Server, state: Path) -> None:
    ids = await asyncio.gather(*(server.presence.enter() for _ in range(5)))
    assert len(set(ids)) == 1
    assert is_alive(state / "servers", ids[0])
    await ask_to_cancel(socket_of(state / "servers", ids[0]), server.run.id)
    assert server.run.status is Status.CANCELLED


async def test_what_dead_servers_left_is_cleared_away(server: Server, root: Path, state: Path) -> None:
    Workspace(root).state.joinpath("servers").mkdir()
    dead = dead_server(state)
    run = await add(server.history.store, owner=dead)
    assert names(state / "runs") == {dead}
    us = await server.presence.enter()
    assert locks(state) == {us}
    assert not socket_of(state / "servers", dead).exists()
    assert names(state / "runs") == set()
    assert (await server.history.store.get(run.id, tail=0)).status is Status.INTERRUPTED


async def test_what_living_servers_have_stays(server: Server, root: Path, state: Path) -> None:
    other = Server(root)
    them = await other.presence.enter()
    folder = await other.presence.folder() / "run_x"
    await asyncio.to_thread(folder.mkdir, parents=True)
    run = await add(other.history.store, owner=them)
    us = await server.presence.enter()
    assert locks(state) == {us, them}
    assert socket_of(state / "servers", them).exists()
    assert names(state / "runs") == {them}
    assert (await server.history.get(run.id)).status is Status.QUEUED
    await other.leave()


async def test_a_server_that_leaves_takes_all_of_its_own_along(root: Path, state: Path) -> None:
    server = Server(root)
    folder = await server.presence.folder() / "run_x"
    await asyncio.to_thread(folder.mkdir, parents=True)
    await server.leave()
    assert names(state / "servers") == set()
    assert names(state / "runs") == set()


async def test_a_server_may_enter_again_after_it_left(server: Server, state: Path) -> None:
    first = await server.presence.enter()
    await server.presence.leave()
    second = await server.presence.enter()
    assert second != first
    await ask_to_cancel(socket_of(state / "servers", second), server.run.id)
    assert server.run.status is Status.CANCELLED


async def test_a_server_whose_folder_was_removed_enters_anew(server: Server, state: Path) -> None:
    first = await server.presence.enter()
    await asyncio.to_thread(shutil.rmtree, state)
    second = await server.presence.enter()
    assert second != first
    assert is_alive(state / "servers", second)
    await ask_to_cancel(socket_of(state / "servers", second), server.run.id)
    assert server.run.status is Status.CANCELLED


async def test_a_broken_history_keeps_no_server_out(server: Server, root: Path) -> None:
    (Workspace(root).state / "runs.db").write_text("garbage " * 1000)
    assert await server.presence.enter()


async def test_a_place_that_can_not_be_written_is_told_and_leaves_nothing_half(
    server: Server, root: Path, state: Path
) -> None:
    (Workspace(root).state / "servers").write_text("no folder")
    with pytest.raises(WorkspaceError, match=r"\.dm/servers"):
        await server.presence.enter()
    (state / "servers").unlink()
    us = await server.presence.enter()
    assert is_alive(state / "servers", us)
