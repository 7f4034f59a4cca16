"""Clients of the official SDK in the tests' own process, and what they are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent, TextResourceContents

__all__ = ["DM", "MODES", "MOST", "data_of", "each_mode", "read", "text_of"]

MODES = ("auto", "legacy")
"""The stateless protocol, and the handshake's."""
each_mode = pytest.mark.parametrize("mode", MODES)
"""For a test whose `client` is to speak each of them."""
DM = "from datamaker import DataMaker\ndm = DataMaker()\n"
MOST = 20_000
"""Characters of an answer, in each of its forms."""


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    assert len(content.text) <= MOST
    assert len(json.dumps(result.structured_content, ensure_ascii=False)) <= MOST
    return content.text


def data_of(result: CallToolResult) -> dict[str, Any]:
    text = text_of(result)
    assert result.structured_content is not None, text
    return result.structured_content


async def read(client: Client, uri: str) -> str:
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text
