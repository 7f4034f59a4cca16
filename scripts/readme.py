"""Write the README's tables anew from the code: ``.venv/bin/python scripts/readme.py``. A test holds them to it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from mcp import Client

from dm_mcp.generation.registry import field_types
from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp import build_server
from dm_mcp.workspace.workspace import Workspace

PROJECT = Path(__file__).parent.parent
README = PROJECT / "README.md"


def with_tables(text: str, tables: dict[str, str]) -> str:
    """The text with each ``<!-- name -->`` section replaced."""
    for name, table in tables.items():
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\g<1>{table}\g<2>", text, flags=re.DOTALL)
    return text


def field_table() -> str:
    """The field types with their options, one line each."""
    rows = ["| type | options | makes |", "| --- | --- | --- |"]
    for info in field_types().values():
        options = ", ".join(f"`{name}`" for name in info.options.get("properties", {})) or " "
        makes = info.description.splitlines()[0].replace("``", "`").replace("|", "\\|")
        rows.append(f"| `{info.name}` | {options} | {makes} |")
    return "\n".join(rows) + "\n"


async def tool_table(engine: Engine) -> str:
    """The server's tools with the first line of their descriptions."""
    rows = ["| tool | what it does |", "| --- | --- |"]
    async with Client(build_server(engine)) as client:
        tools = (await client.list_tools()).tools
    rows += [f"| `{tool.name}` | {(tool.description or '').splitlines()[0]} |" for tool in tools]
    return "\n".join(rows) + "\n"


async def main() -> None:
    """Rewrite the README."""
    async with Engine(Workspace(PROJECT / "scenarios")) as engine:
        tables = {"tools": await tool_table(engine), "field types": field_table()}
    README.write_text(with_tables(README.read_text(), tables))


if __name__ == "__main__":
    asyncio.run(main())
