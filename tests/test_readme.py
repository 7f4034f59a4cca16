"""The README can't drift: its tables are the code's, its examples run."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from collections.abc import Callable
from types import ModuleType

import pytest

from dm_mcp.cli import build_parser
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.rows import Rows
from dm_mcp.generation.template import parse_template
from dm_mcp.runs.engine import Engine
from dm_mcp.workspace.config import parse_config
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import PROJECT, Database

README = (PROJECT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


@pytest.fixture(scope="module")
def readme() -> ModuleType:
    """The script that writes the tables."""
    spec = importlib.util.spec_from_file_location("readme", PROJECT / "scripts" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_tables_are_those_of_the_code(readme: ModuleType, engine: Engine) -> None:
    tables = {"tools": await readme.tool_table(engine), "field types": readme.field_table()}
    assert readme.with_tables(README, tables) == README, "run .venv/bin/python scripts/readme.py"


def test_every_language_has_its_check() -> None:
    assert {name for name, _ in BLOCKS} == {"sh", "json", "python", "toml"}


@pytest.mark.parametrize("number", range(len(blocks("python"))))
async def test_a_scenario_of_the_readme_runs(
    engine: Engine, write: Callable[[str, str], None], database: Database, number: int
) -> None:
    write("example", blocks("python")[number])
    run = await engine.start(engine.workspace.scenario("example"))
    await run.finished()
    assert run.error is None
    assert run.result


def test_the_template_of_the_readme_makes_rows() -> None:
    [template] = [parse_template(data) for data in map(json.loads, blocks("json")) if "fields" in data]
    compiled = compile_template(template)
    [row] = Rows(compiled.blocks(1, 7), compiled.schema)
    assert row["label"] == f"{row['title']} ({row['state']})"


def test_the_client_s_entry_is_that_of_mcp_json() -> None:
    [told] = [data for data in map(json.loads, blocks("json")) if "mcpServers" in data]
    ours = json.loads((PROJECT / "mcp.json").read_text())["mcpServers"]["dm-mcp"]
    entry = json.loads(json.dumps(told).replace("/ABSOLUTE/PATH/", ""))["mcpServers"]["dm-mcp"]
    assert entry == ours


def test_the_configuration_of_the_readme_is_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    [text] = blocks("toml")
    config = parse_config(text, tmp_path_factory.mktemp("workspace"))
    assert set(config.connections) == {"conn_postgres", "conn_staging"}
    assert config.limits == type(config.limits)()  # the defaults, as the README says


@pytest.mark.parametrize("line", [line for text in blocks("sh") for line in text.splitlines()])
def test_a_command_of_the_readme_is_one(line: str) -> None:
    words = shlex.split(line)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (PROJECT / "Makefile").read_text(), re.MULTILINE)
        return
    start = next(at for at, word in enumerate(words) if word.endswith("dm-mcp") and "/" in word)
    build_parser().parse_args(words[start + 1 :])


def test_the_commands_find_what_they_name() -> None:
    workspace = Workspace(PROJECT / "scenarios")
    assert workspace.scenario("regression_seeding").error is None
    assert workspace.template("tmpl_customer").id == "tmpl_customer"


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (PROJECT / target).exists(), target


def test_the_figures_are_there() -> None:
    section = README.split("<!-- figures -->")[1].split("<!-- /figures -->")[0]
    assert section.count("rows/s") >= 4
    assert section.count(" ms |") >= 2
