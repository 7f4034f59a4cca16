"""The pages, and the generated sections that they hold."""

from __future__ import annotations

import re
from pathlib import Path

from dm_mcp.cli import build_parser
from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.workspace.config import WorkspaceConfig
from dm_mcp.workspace.header import Header, Param
from scripts.docs import commands, expressions, fields, sdk, settings, tables

__all__ = ["PROJECT", "all_sections", "pages", "section_names", "with_sections"]

PROJECT = Path(__file__).parent.parent.parent


def pages() -> list[Path]:
    """The README, then the pages of ``docs/`` by name."""
    return [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]


async def all_sections(engine: Engine) -> dict[str, str]:
    """Every generated section by its name; ``engine`` is one of any workspace."""
    return {
        "tools": await tables.tools(WorkspaceServer(engine)),
        "resources": await tables.resources(WorkspaceServer(engine)),
        "field types": fields.names(),
        "field type reference": fields.reference(),
        "keys of a field": fields.keys(),
        "distributions": fields.distributions(),
        "patterns": fields.patterns(),
        "functions": expressions.functions(),
        "operators": expressions.operators(),
        "packages": tables.packages(
            (PROJECT / "requirements.lock").read_text(), (PROJECT / "pyproject.toml").read_text()
        ),
        "error codes": tables.error_codes(),
        "errors to catch": sdk.errors(),
        "datamaker": sdk.datamaker(),
        "template": sdk.template(),
        "connection": sdk.connection(),
        "log": sdk.log(),
        "async datamaker": sdk.async_datamaker(),
        "header keys": settings.table(Header),
        "parameter keys": settings.table(Param),
        "settings": settings.configuration(WorkspaceConfig),
        "commands": commands.reference(build_parser()),
    }


def section_names(text: str) -> list[str]:
    """The names of the generated sections in a page."""
    return re.findall(r"^<!-- ([^/].*?) -->$", text, re.MULTILINE)


def with_sections(text: str, sections: dict[str, str]) -> str:
    """The text with each of the sections that it holds replaced."""
    for name, section in sections.items():
        text = re.sub(
            rf"(^<!-- {name} -->\n).*?(^<!-- /{name} -->$)",
            lambda found, section=section: f"{found[1]}{section}{found[2]}",
            text,
            flags=re.DOTALL | re.MULTILINE,
        )
    return text
