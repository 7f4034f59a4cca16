"""CONTRIBUTING.md: its commands are there, its rooms are the house's, and its worked example works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT
from tests.documents import Page
from tests.test_architecture import ROOMS

PAGE = Page(PROJECT / "CONTRIBUTING.md")
RUN = """
import sys
from importlib import import_module
import pytest
import dm_mcp.generation.fields as fields
folder = sys.argv[1]
fields.__path__.append(folder)
import_module("dm_mcp.generation.fields.dice")
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", f"{folder}/test_dice.py"]))
"""


def test_the_field_type_of_the_example_passes_the_test_of_the_example(tmp_path: Path) -> None:
    module, test = PAGE.blocks("python")
    (tmp_path / "dice.py").write_text(module)
    (tmp_path / "test_dice.py").write_text(test)
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_the_example_is_as_clean_as_the_code(tmp_path: Path) -> None:
    module, _ = PAGE.blocks("python")
    (tmp_path / "dice.py").write_text(module)
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(PROJECT / "pyproject.toml"), "--no-cache", str(tmp_path / "dice.py")]
    for command in (["check", "--ignore", "INP001"], ["format", "--check"]):
        done = subprocess.run([*ruff, *command, *config], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_commands_are_there() -> None:
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert {line.split()[1] for line in PAGE.command_lines} <= set(targets)


def test_the_rooms_are_those_of_the_house_in_their_order() -> None:
    assert tuple(re.findall(r"^- `(\w+)`: ", PAGE.text.split("<!-- rooms -->")[1], re.MULTILINE)[: len(ROOMS)]) == ROOMS


def test_what_it_names_is_there() -> None:
    for path in re.findall(r"`((?:dm_mcp|tests|docs)/[^` ]*)`", PAGE.prose):
        assert (PROJECT / path).exists() or path.endswith("dice.py"), path
    for link in PAGE.links:
        assert (PROJECT / link).exists()
