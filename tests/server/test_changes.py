"""Clients that listen hear of what changes, and only then is anything watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.client.subscriptions import Subscription
from mcp.shared.subscriptions import PromptsListChanged, ResourcesListChanged, ResourceUpdated, ServerEvent
from mcp_types import (
    PromptListChangedNotification,
    ResourceListChangedNotification,
    ResourceUpdatedNotification,
)

from dm_mcp.runs.engine import Engine
from dm_mcp.server import changes
from dm_mcp.server.mcp_server import WorkspaceServer
from tests.server.in_memory import data_of

Write = Callable[[str, str], None]

pytestmark = pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(changes, "PAUSE", 0.02)


def watching() -> set[str]:
    """The tasks that watch."""
    return {name for task in asyncio.all_tasks() if (name := task.get_name()).startswith(("changes", "listener"))}


class Heard:
    """What a client of either protocol is told."""

    def __init__(self) -> None:
        self._events: list[ServerEvent] = []
        self._news = asyncio.Condition()

    async def add(self, event: ServerEvent) -> None:
        async with self._news:
            self._events.append(event)
            self._news.notify_all()

    async def all_of(self, *events: ServerEvent) -> None:
        """Wait until each of these was told; then begin anew."""
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: set(events) <= set(self._events))
            self._events.clear()

    async def notified(self, message: Any) -> None:
        if isinstance(message, PromptListChangedNotification):
            await self.add(PromptsListChanged())
        elif isinstance(message, ResourceListChangedNotification):
            await self.add(ResourcesListChanged())
        elif isinstance(message, ResourceUpdatedNotification):
            await self.add(ResourceUpdated(uri=str(message.params.uri)))

    async def listen(self, subscription: Subscription) -> None:
        async for event in subscription:
            await self.add(event)


@asynccontextmanager
async def hearing(engine: Engine, mode: str, *uris: str) -> AsyncGenerator[tuple[Client, Heard]]:
    """A client that listens for lists and for resources."""
    heard = Heard()
    if mode == "legacy":
        async with Client(WorkspaceServer(engine), mode="legacy", message_handler=heard.notified) as client:
            for uri in uris:
                await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated] - it is what we test
            while "changes" not in watching():  # noqa: ASYNC110 - the notification that we are here has no answer
                await asyncio.sleep(0.01)
            yield client, heard
        return
    async with (
        Client(WorkspaceServer(engine)) as client,
        client.listen(prompts_list_changed=True, resources_list_changed=True, resource_subscriptions=uris) as stream,
    ):
        listening = asyncio.create_task(heard.listen(stream))
        yield client, heard
        listening.cancel()
        await asyncio.wait([listening])


modes = pytest.mark.parametrize("mode", ["auto", "legacy"])


@modes
async def test_new_changed_and_removed_files_are_told(engine: Engine, write: Write, root: Path, mode: str) -> None:
    write("a", "print(1)")
    async with hearing(engine, mode, "scenario://a", "template://tmpl_order") as (client, heard):
        write("b", "print(2)")
        await heard.all_of(PromptsListChanged(), ResourcesListChanged())
        write("a", "print(1111)")
        await heard.all_of(ResourceUpdated(uri="scenario://a"))
        file = root / "templates" / "tmpl_order.json"
        file.write_text(file.read_text().replace('"Order"', '"Purchase"'))
        await heard.all_of(ResourceUpdated(uri="template://tmpl_order"), ResourcesListChanged())
        (root / "a.py").unlink()
        await heard.all_of(ResourceUpdated(uri="scenario://a"), PromptsListChanged(), ResourcesListChanged())
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["b"]


@modes
async def test_runs_and_kept_rows_change_the_list(engine: Engine, write: Write, mode: str) -> None:
    write("a", "print(1)")
    async with hearing(engine, mode) as (client, heard):
        await client.call_tool("execute_scenario", {"scenario": "a"})
        await heard.all_of(ResourcesListChanged())
        await client.call_tool("generate", {"template": "tmpl_customer", "count": 500})
        await heard.all_of(ResourcesListChanged())


@modes
async def test_a_log_is_told_of_while_its_run_goes_on_and_the_result_at_its_end(
    engine: Engine, write: Write, root: Path, mode: str
) -> None:
    # The run goes on until it finds a file in its folder, however long a listener takes.
    write("a", "import os, time\nwhile not os.path.exists('heard'):\n    print(1)\n    time.sleep(0.02)")
    async with Client(WorkspaceServer(engine)) as starter:
        begun = data_of(await starter.call_tool("execute_scenario", {"scenario": "a", "wait_seconds": 0.1}))
    log, result = f"run://{begun['run_id']}/log", f"run://{begun['run_id']}/result"
    async with hearing(engine, mode, log, result) as (_, heard):
        await heard.all_of(ResourceUpdated(uri=log))
        [folder] = (root / ".dm" / "runs").rglob(begun["run_id"])
        (folder / "heard").touch()
        await heard.all_of(ResourceUpdated(uri=log), ResourceUpdated(uri=result))


@modes
async def test_a_broken_configuration_ends_no_watch(engine: Engine, write: Write, root: Path, mode: str) -> None:
    async with hearing(engine, mode) as (_, heard):
        config = (root / "dm.toml").read_text()
        (root / "dm.toml").write_text("[connections")
        write("a", "print(1)")
        await asyncio.sleep(0.1)
        (root / "dm.toml").write_text(config)
        await heard.all_of(PromptsListChanged(), ResourcesListChanged())


@modes
async def test_nothing_is_watched_once_nobody_listens(engine: Engine, mode: str) -> None:
    async with hearing(engine, mode, "scenario://x") if mode == "auto" else hearing(engine, mode):
        assert "changes" in watching()
    await asyncio.sleep(0)
    assert watching() == set()


async def test_a_client_of_the_stateless_protocol_is_not_watched_for_unasked(engine: Engine) -> None:
    async with Client(WorkspaceServer(engine)) as client:
        await client.list_resources()
        assert watching() == set()


async def test_a_subscription_to_nothing_is_refused_and_one_can_be_taken_back(engine: Engine, write: Write) -> None:
    write("a", "print(1)")
    async with hearing(engine, "legacy", "scenario://a") as (client, heard):
        with pytest.raises(MCPError, match="scenario_not_found: "):
            await client.subscribe_resource("scenario://nothing")  # pyright: ignore[reportDeprecated]
        await client.unsubscribe_resource("scenario://a")  # pyright: ignore[reportDeprecated]
        await client.unsubscribe_resource("scenario://never")  # pyright: ignore[reportDeprecated]
        write("a", "print(1111)")
        write("b", "print(2)")
        await heard.all_of(PromptsListChanged())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await heard.all_of(ResourceUpdated(uri="scenario://a"))


async def test_no_more_runs_are_followed_than_a_server_can(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MAX_FOLLOWED", 3)
    uris = [f"run://run_{n:012}/log" for n in range(4)]
    async with Client(WorkspaceServer(engine)) as client:
        with pytest.raises(MCPError, match="invalid_request: 3 runs are followed already"):
            async with client.listen(resource_subscriptions=uris):
                pass
        async with client.listen(resource_subscriptions=[*uris[:3], "nonsense", "run://"]):
            pass
    await asyncio.sleep(0)
    assert watching() == set()
