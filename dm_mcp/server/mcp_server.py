"""The MCP server of a workspace: the SDK's, with resources and prompts that are read anew at each request."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp_types import (
    BlobResourceContents,
    CompleteRequestParams,
    CompleteResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    NotificationParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from dm_mcp import __version__
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.kept_rows import KeptRows
from dm_mcp.server.answers.cursors import following, offset
from dm_mcp.server.changes import Changes
from dm_mcp.server.completion import Completer
from dm_mcp.server.generate_tools import GenerateTools
from dm_mcp.server.prompts import Prompts
from dm_mcp.server.resources import Content, Resources
from dm_mcp.server.run_tools import RunTools
from dm_mcp.server.subscriptions import Subscriptions
from dm_mcp.server.tool_errors import as_protocol_error
from dm_mcp.server.workspace_tools import WorkspaceTools

__all__ = ["WorkspaceServer"]

_INSTRUCTIONS = """\
Seeds real systems with realistic, consistent test data. A scenario is a script that makes rows from templates and loads
them through connections. Start with list_scenarios; run one with execute_scenario, by id, title or a phrase. generate
shows rows without storing them."""

_PAGE = 200
_Ctx = ServerRequestContext[Any, Any]
_Entry = TypeVar("_Entry")


class WorkspaceServer(MCPServer[Any]):
    """An MCP server for the engine's workspace; the engine outlives it."""

    def __init__(self, engine: Engine) -> None:
        kept = KeptRows(lambda: engine.workspace.state)
        bus = InMemorySubscriptionBus()
        super().__init__(
            "dm-mcp",
            title="dm-mcp",
            version=__version__,
            instructions=_INSTRUCTIONS,
            log_level="WARNING",
            tools=[*WorkspaceTools(engine).tools, *RunTools(engine).tools, *GenerateTools(engine, kept).tools],
            subscriptions=bus,
            middleware=[_declare_changes],
        )
        self._resources = Resources(engine, kept)
        self._prompts = Prompts(engine.workspace)
        self._completer = Completer(engine, kept)
        changes = Changes(self._resources, self._prompts, engine.history, bus)
        subscriptions = Subscriptions(changes, self._resources, bus)
        server = self._lowlevel_server
        server.add_request_handler("resources/list", PaginatedRequestParams, self._list_resources)
        server.add_request_handler("resources/templates/list", PaginatedRequestParams, self._list_forms)
        server.add_request_handler("resources/read", ReadResourceRequestParams, self._read)
        server.add_request_handler("resources/subscribe", SubscribeRequestParams, subscriptions.subscribe)
        server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, subscriptions.unsubscribe)
        server.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, subscriptions.listen)
        server.add_request_handler("prompts/list", PaginatedRequestParams, self._list_prompts)
        server.add_request_handler("prompts/get", GetPromptRequestParams, self._get_prompt)
        server.add_request_handler("completion/complete", CompleteRequestParams, self._complete)
        server.add_notification_handler("notifications/initialized", NotificationParams, subscriptions.initialized)

    async def _list_resources(self, _: _Ctx, params: PaginatedRequestParams) -> ListResourcesResult:
        with as_protocol_error():
            page, after = _page(await self._resources.find(), params.cursor)
        return ListResourcesResult(resources=page, next_cursor=after)

    async def _list_forms(self, _: _Ctx, __: PaginatedRequestParams) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=self._resources.templates())

    async def _read(self, _: _Ctx, params: ReadResourceRequestParams) -> ReadResourceResult:
        uri = str(params.uri)
        with as_protocol_error(uri=uri[:200]):
            content = await self._resources.read(uri)
        return ReadResourceResult(contents=[_contents(uri, content)])

    async def _list_prompts(self, _: _Ctx, params: PaginatedRequestParams) -> ListPromptsResult:
        with as_protocol_error():
            page, after = _page(self._prompts.find(), params.cursor)
        return ListPromptsResult(prompts=page, next_cursor=after)

    async def _get_prompt(self, _: _Ctx, params: GetPromptRequestParams) -> GetPromptResult:
        with as_protocol_error():
            return self._prompts.get(params.name, params.arguments or {})

    async def _complete(self, _: _Ctx, params: CompleteRequestParams) -> CompleteResult:
        with as_protocol_error():
            return CompleteResult(completion=await self._completer.complete(params.ref, params.argument))


async def _declare_changes(ctx: _Ctx, call_next: CallNext) -> HandlerResult:
    """Say what changes are told of: prompts and resources, and not tools, whose list is the same for ever.

    The SDK has a switch for that in neither form of the protocol where an `MCPServer` is served.
    """
    result = await call_next(ctx)
    if ctx.method in {"initialize", "server/discover"} and isinstance(result, dict):
        capabilities = cast("dict[str, dict[str, Any]]", result["capabilities"])
        capabilities["tools"]["listChanged"] = False
        capabilities["prompts"]["listChanged"] = capabilities["resources"]["listChanged"] = True
    return result


def _contents(uri: str, content: Content) -> TextResourceContents | BlobResourceContents:
    if isinstance(content.data, str):
        return TextResourceContents(uri=uri, text=content.data, mime_type=content.mime_type)
    return BlobResourceContents(uri=uri, blob=base64.b64encode(content.data).decode(), mime_type=content.mime_type)


def _page(entries: Sequence[_Entry], cursor: str | None) -> tuple[list[_Entry], str | None]:
    """One page of a list, and the cursor of the next. Raises `InvalidRequest`."""
    start = offset(cursor)
    end = start + _PAGE
    return list(entries[start:end]), following(end, len(entries))
