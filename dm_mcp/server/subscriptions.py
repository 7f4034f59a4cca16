"""Clients that listen for changes, in either form of the protocol.

Since 2026-07-28 a client opens a stream (``subscriptions/listen``). Before, each connection hears of changed lists
once it is initialized, and of resources that it has subscribed to.
"""

from __future__ import annotations

import asyncio
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import ListenHandler, ResourceUpdated, ServerEvent, SubscriptionBus
from mcp.shared.subscriptions import event_to_notification
from mcp_types import (
    EmptyResult,
    NotificationParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from dm_mcp.server.changes import Changes
from dm_mcp.server.resources import Resources
from dm_mcp.server.tool_errors import as_protocol_error

__all__ = ["Subscriptions"]

_STATE = "dm_mcp.listener"
_Ctx = ServerRequestContext[Any, Any]


class Subscriptions:
    """The handlers of what clients send to listen."""

    def __init__(self, changes: Changes, resources: Resources, bus: SubscriptionBus) -> None:
        self._changes = changes
        self._resources = resources
        self._bus = bus
        self._stream = ListenHandler(bus)

    async def listen(self, ctx: _Ctx, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        """Serve one stream; before its first message all is being watched."""
        with as_protocol_error():
            async with self._changes.listening(params.notifications.resource_subscriptions or ()):
                return await self._stream(ctx, params)

    async def initialized(self, ctx: _Ctx, _: NotificationParams) -> None:
        """Tell a connection of changes from now on until it is closed."""
        self._listener(ctx)

    async def subscribe(self, ctx: _Ctx, params: SubscribeRequestParams) -> EmptyResult:
        """Tell a connection of a resource's changes too."""
        uri = str(params.uri)
        with as_protocol_error(uri=uri):
            await self._resources.read(uri)  # says so if there is none
            self._listener(ctx).subscribe(uri)
        return EmptyResult()

    async def unsubscribe(self, ctx: _Ctx, params: UnsubscribeRequestParams) -> EmptyResult:
        """Take a subscription back."""
        self._listener(ctx).unsubscribe(str(params.uri))
        return EmptyResult()

    def _listener(self, ctx: _Ctx) -> _Listener:
        connection = _connection(ctx)
        if _STATE not in connection.state:
            connection.state[_STATE] = listener = _Listener(ctx.session, self._changes, self._bus)
            connection.exit_stack.push_async_callback(listener.close)
        return connection.state[_STATE]


class _Listener:
    """One connection of the older protocol."""

    def __init__(self, session: ServerSession, changes: Changes, bus: SubscriptionBus) -> None:
        self._session = session
        self._changes = changes
        self._bus = bus
        self._uris: set[str] = set()
        self._waiting: dict[ServerEvent, None] = {}  # as a set that keeps its order: an event says no more twice
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._tell(), name="listener")

    def subscribe(self, uri: str) -> None:
        if uri not in self._uris:
            self._changes.follow(uri)
            self._uris.add(uri)

    def unsubscribe(self, uri: str) -> None:
        if uri in self._uris:
            self._uris.remove(uri)
            self._changes.unfollow(uri)

    async def close(self) -> None:
        for uri in list(self._uris):
            self.unsubscribe(uri)
        self._task.cancel()
        await asyncio.wait([self._task])

    def _hear(self, event: ServerEvent) -> None:
        if not isinstance(event, ResourceUpdated) or event.uri in self._uris:
            self._waiting[event] = None
            self._wake.set()

    async def _tell(self) -> None:
        unsubscribe = self._bus.subscribe(self._hear)
        try:
            async with self._changes.listening():
                while True:
                    await self._wake.wait()
                    self._wake.clear()
                    events, self._waiting = self._waiting, {}
                    for event in events:
                        await self._session.send_notification(event_to_notification(event, {}))
        finally:
            unsubscribe()


def _connection(ctx: _Ctx) -> Connection:
    """The connection of a request: the SDK tells handlers to use its state and exit stack, and gives no other way."""
    return ctx.session._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
