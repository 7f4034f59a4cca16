"""README.md and docs/ as tests read them: their blocks, links, commands and examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run
from scripts.docs.pages import PROJECT, pages

__all__ = ["DOCS", "PAGES", "README", "Page", "run_example"]

PREAMBLE = "from datamaker import *\n\ndm = DataMaker()\n"
"""What an example that makes no ``DataMaker`` of its own leaves out."""


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def name(self) -> str:
        """The path from the project's folder."""
        return str(self.path.relative_to(PROJECT))

    @property
    def languages(self) -> set[str]:
        """What its blocks are written in; empty for one that does not say."""
        return {language for language, _ in self._blocks}

    def blocks(self, language: str) -> list[str]:
        """Its fenced blocks in a language."""
        return [text for name, text in self._blocks if name == language]

    @property
    def prose(self) -> str:
        """All that stands outside of blocks."""
        return re.sub(r"^```.*?^```$", "", self.text, flags=re.DOTALL | re.MULTILINE)

    @property
    def links(self) -> list[str]:
        return re.findall(r"\]\(([^)]+)\)", self.prose)

    @property
    def anchors(self) -> set[str]:
        """Its headings as links name them: https://docs.github.com/en/get-started/writing-on-github (section links)."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    @property
    def command_lines(self) -> list[str]:
        """The lines of its shell blocks."""
        return [line for text in self.blocks("sh") for line in text.splitlines() if line]

    @property
    def commands_in_prose(self) -> list[str]:
        """What stands in its text as ``dm-mcp ...``."""
        return re.findall(r"`(dm-mcp [^`]+)`", self.prose)

    @cached_property
    def _blocks(self) -> list[tuple[str, str]]:
        return re.findall(r"^```(\w*)\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)


PAGES = [Page(path) for path in pages()]
README, *DOCS = PAGES


async def run_example(engine: Engine, write: Callable[[str, str], None], source: str) -> Run:
    """Run an example as a scenario of the engine's workspace, to its end, and if it went well once more."""
    write("example", source if "DataMaker" in source else PREAMBLE + source)
    scenario = engine.workspace.scenario("example")
    first = await engine.start(scenario)
    await first.finished()
    if first.error is not None:
        return first
    again = await engine.start(scenario)
    await again.finished()
    return again
