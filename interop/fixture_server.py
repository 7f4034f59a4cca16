"""The server that the conformance suite wants for its scenarios about tools, resources and prompts of given names.

``python -m interop.fixture_server TOKEN``: served by dm-mcp's own web application, so it is dm-mcp's HTTP face that is
tested; what each item must do is said by ``conformance``'s own descriptions. It prints its address.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import Any

import uvicorn
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.mcpserver.tools import Tool
from mcp_types import (
    AudioContent,
    CallToolResult,
    Completion,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    SamplingMessage,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from dm_mcp.server.app import build_app
from dm_mcp.server.sockets import listening
from dm_mcp.server.token import WorkspaceToken

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
STEP = 0.05
"""Seconds between notifications, as the suite asks for."""

IMAGE = ImageContent(type="image", data=PNG, mime_type="image/png")


def json_schema_2020_12_tool() -> str:
    """Tool with JSON Schema 2020-12 features."""
    return "ok"


class SchemaTool(Tool):
    """Its input schema as it was given."""

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self.parameters = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {
                "address": {
                    "type": "object",
                    "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
                }
            },
            "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}},
            "additionalProperties": False,
        }


server = MCPServer(
    "conformance-fixture",
    version="1",
    log_level="WARNING",
    tools=[SchemaTool.from_function(json_schema_2020_12_tool, structured_output=False)],
)


def embedded(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


def said(text: str) -> TextContent:
    return TextContent(type="text", text=text)


@server.tool(structured_output=False)
async def test_simple_text() -> str:
    """Simple text."""
    return "This is a simple text response for testing."


@server.tool(structured_output=False)
async def test_image_content() -> ImageContent:
    """An image."""
    return IMAGE


@server.tool(structured_output=False)
async def test_audio_content() -> AudioContent:
    """A sound."""
    return AudioContent(type="audio", data=WAV, mime_type="audio/wav")


@server.tool(structured_output=False)
async def test_embedded_resource() -> EmbeddedResource:
    """A resource in the result."""
    return embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")


@server.tool(structured_output=False)
async def test_multiple_content_types() -> CallToolResult:
    """Text, an image and a resource."""
    mixed = embedded("test://mixed-content-resource", "application/json", json.dumps({"test": "data", "value": 123}))
    return CallToolResult(content=[said("Multiple content types test:"), IMAGE, mixed])


@server.tool(structured_output=False)
async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
    """Three log messages."""
    for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.session.send_log_message(  # pyright: ignore[reportDeprecated] - the suite is of an older revision
            level="info", data=text, related_request_id=ctx.request_id
        )
        await asyncio.sleep(STEP)
    return "Three messages were logged."


@server.tool(structured_output=False)
async def test_error_handling() -> str:
    """An error, always."""
    raise ToolError("This tool intentionally returns an error for testing")


@server.tool(structured_output=False)
async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
    """Progress in three steps."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await asyncio.sleep(STEP)
    return "Progress was reported."


@server.tool(structured_output=False)
async def test_sampling(prompt: str, ctx: Context[Any, Any]) -> str:
    """Ask the client's model."""
    message = SamplingMessage(role="user", content=said(prompt))
    answer = await ctx.session.create_message(  # pyright: ignore[reportDeprecated] - the suite is of an older revision
        [message], max_tokens=100, related_request_id=ctx.request_id
    )
    return f"LLM response: {answer.content}"


async def ask(ctx: Context[Any, Any], message: str, properties: dict[str, Any], required: list[str]) -> str:
    schema = {"type": "object", "properties": properties, "required": required}
    answer = await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)
    return f"action={answer.action}, content={answer.content}"


@server.tool(structured_output=False)
async def test_elicitation(message: str, ctx: Context[Any, Any]) -> str:
    """Ask the user."""
    properties = {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    }
    return f"User response: {await ask(ctx, message, properties, list(properties))}"


@server.tool(structured_output=False)
async def test_elicitation_sep1034_defaults(ctx: Context[Any, Any]) -> str:
    """Ask the user, with a default of each kind."""
    properties = {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
    return f"Elicitation completed: {await ask(ctx, 'Check these values', properties, [])}"


@server.tool(structured_output=False)
async def test_elicitation_sep1330_enums(ctx: Context[Any, Any]) -> str:
    """Ask the user, with a choice of each kind."""
    values = ("value1", "First"), ("value2", "Second"), ("value3", "Third")
    plain = ["option1", "option2", "option3"]
    properties = {
        "untitledSingle": {"type": "string", "enum": plain},
        "titledSingle": {"type": "string", "oneOf": [{"const": v, "title": f"{t} Option"} for v, t in values]},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": plain}},
        "titledMulti": {
            "type": "array",
            "items": {"anyOf": [{"const": v, "title": f"{t} Choice"} for v, t in values]},
        },
    }
    return f"Elicitation completed: {await ask(ctx, 'Choose', properties, [])}"


@server.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    """A text."""
    return "This is the content of the static text resource."


@server.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    """An image."""
    return base64.b64decode(PNG)


@server.resource("test://watched-resource", mime_type="text/plain")
def watched() -> str:
    """A text that clients subscribe to."""
    return "Watched."


@server.resource("test://template/{id}/data", mime_type="application/json")
def template(id: str) -> str:  # noqa: A002 - the name in the address
    """A text by its id."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


@server.prompt()
def test_simple_prompt() -> str:
    """A prompt."""
    return "This is a simple prompt for testing."


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt with arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803 - the suite's
    """A prompt with a resource."""
    resource = embedded(resourceUri, "text/plain", "Embedded resource content for testing.")
    return [UserMessage(resource), UserMessage("Please process the embedded resource above.")]


@server.prompt()
def test_prompt_with_image() -> list[UserMessage]:
    """A prompt with an image."""
    return [UserMessage(IMAGE), UserMessage("Please analyze the image above.")]


@server.completion()
async def complete(*_: object) -> Completion:
    return Completion(values=["paris", "park", "party"], total=3, has_more=False)


async def accept(_: ServerRequestContext[Any, Any], params: Any) -> EmptyResult:
    return EmptyResult()


def main(token: str) -> None:
    application = build_app(server, WorkspaceToken(token), "127.0.0.1")
    protocol = server.session_manager.app
    protocol.add_request_handler("logging/setLevel", SetLevelRequestParams, accept)
    protocol.add_request_handler("resources/subscribe", SubscribeRequestParams, accept)
    protocol.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, accept)
    with listening("127.0.0.1", 0) as sockets:
        sys.stdout.write(f"http://127.0.0.1:{sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(application, log_level="warning", ws="none")).run(sockets)


if __name__ == "__main__":
    main(sys.argv[1])
