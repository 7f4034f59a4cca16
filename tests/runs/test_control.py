"""Servers ask each other: to cancel a run, to be told of its changes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from dm_mcp.errors import ServerUnreachable
from dm_mcp.runs import control
from dm_mcp.runs.control import ControlServer, ask_to_cancel, ask_to_share, changes
from dm_mcp.runs.run import Run, Status
from tests.runs.instant import InstantRun


class Owner:
    """A server that owns one run."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.run = InstantRun(scenario_id="a", title="A", seed=1, params={})
        self.server = ControlServer({self.run.id: self.run}, self.cancel)

    async def cancel(self, run: Run) -> None:
        self.run.end(Status.CANCELLED)


@pytest.fixture
async def owner(tmp_path: Path) -> AsyncIterator[Owner]:
    owner = Owner(tmp_path / "sock")
    await owner.server.listen(owner.socket)
    yield owner
    await owner.server.close()


async def test_a_run_is_cancelled_by_another_server(owner: Owner) -> None:
    await ask_to_cancel(owner.socket, owner.run.id)
    assert owner.run.status is Status.CANCELLED


async def test_the_owner_learns_that_a_caller_elsewhere_waits_too(owner: Owner) -> None:
    await ask_to_share(owner.socket, owner.run.id)
    assert owner.run.shared
    assert not owner.run.status.ended


async def test_a_run_that_the_server_no_longer_has_is_no_error(owner: Owner) -> None:
    await ask_to_cancel(owner.socket, "run_gone")
    assert [None async for _ in changes(owner.socket, "run_gone")] == []


async def test_every_follower_is_told_at_once_then_of_changes_until_the_end(owner: Owner) -> None:
    async with (
        aclosing(changes(owner.socket, owner.run.id)) as first,
        aclosing(changes(owner.socket, owner.run.id)) as second,
    ):
        async with asyncio.timeout(10):
            for told in (first, second):
                await anext(told)
            owner.run.log("line")
            for told in (first, second):
                await anext(told)
            owner.run.end(Status.DONE)
            for told in (first, second):
                assert len([None async for _ in told]) >= 1


async def test_a_follower_that_leaves_disturbs_nobody(owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    async with aclosing(changes(owner.socket, owner.run.id)) as told:
        await anext(told)
    owner.run.log("line")
    owner.run.end(Status.DONE)
    assert len([None async for _ in changes(owner.socket, owner.run.id)]) == 1
    await owner.server.close()
    assert caplog.records == []


GARBAGE = [
    b"",
    b"\n",
    b"\xff\xfe\n",
    b"null\n",
    b"[]\n",
    b"{}\n",
    b'{"op": "cancel"}\n',
    b'{"op": "cancel", "run": []}\n',
    b'{"op": "rm -rf", "run": "RUN"}\n',
    b'{"op": {}, "run": "RUN"}\n',
    b"[" * 60_000 + b"\n",
    b"x" * 1_000_000,
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_gets_no_answer_and_does_no_harm(
    owner: Owner, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_unix_connection(owner.socket)
    writer.write(garbage.replace(b"RUN", owner.run.id.encode()))
    writer.write_eof()
    async with asyncio.timeout(10):
        try:
            answer = await reader.read()
        except ConnectionResetError:  # it did not read to the end
            answer = b""
    assert answer == b""
    writer.close()
    assert not owner.run.status.ended
    await ask_to_cancel(owner.socket, owner.run.id)
    assert owner.run.status is Status.CANCELLED
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_caller_that_asks_nothing_does_not_keep_the_server_from_closing(owner: Owner) -> None:
    _, writer = await asyncio.open_unix_connection(owner.socket)
    await ask_to_cancel(owner.socket, "run_gone")  # by now the one before has been accepted
    async with asyncio.timeout(10):
        await owner.server.close()
    writer.close()


async def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable, match="run_x"):
        await ask_to_cancel(tmp_path / "sock", "run_x")
    with pytest.raises(ServerUnreachable, match="run_x"):
        await anext(changes(tmp_path / "sock", "run_x"))


async def test_a_server_that_hangs_is_unreachable_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_SECONDS", 0.02)
    asked = asyncio.Event()
    held: list[asyncio.StreamWriter] = []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        assert json.loads(await reader.readline()) == {"op": "cancel", "run": "run_x"}
        asked.set()

    async with await asyncio.start_unix_server(hang, tmp_path / "sock"):
        with pytest.raises(ServerUnreachable, match="not answered") as caught:
            await ask_to_cancel(tmp_path / "sock", "run_x")
        await asked.wait()
        held[0].close()
    assert "end its process" in caught.value.hint


async def test_a_server_that_dies_while_it_is_asked_leaves_nothing_of_the_run(tmp_path: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with await asyncio.start_unix_server(die, tmp_path / "sock"):
        await ask_to_cancel(tmp_path / "sock", "run_x")
        assert [None async for _ in changes(tmp_path / "sock", "run_x")] == []
