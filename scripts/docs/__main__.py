"""Write the generated parts of all pages anew."""

from __future__ import annotations

import asyncio

from dm_mcp.runs.engine import Engine
from dm_mcp.workspace.workspace import Workspace
from scripts.docs.pages import PROJECT, all_sections, pages, with_sections


async def _main() -> None:
    async with Engine(Workspace(PROJECT / "scenarios")) as engine:
        sections = await all_sections(engine)
    for page in pages():
        page.write_text(with_sections(page.read_text(), sections))


asyncio.run(_main())
