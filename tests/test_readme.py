"""What only the README promises; all that holds for every page is in test_docs."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.rows import Rows
from dm_mcp.generation.template import parse_template
from dm_mcp.runs.engine import Engine
from dm_mcp.workspace.config import parse_config
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import PROJECT, Database
from tests.documents import DOCS, README, run_example


@pytest.mark.parametrize("number", range(len(README.blocks("python"))))
async def test_a_scenario_of_the_readme_has_a_result(
    engine: Engine, write: Callable[[str, str], None], database: Database, number: int
) -> None:
    run = await run_example(engine, write, README.blocks("python")[number])
    assert run.error is None
    assert run.result


def test_the_template_of_the_readme_makes_rows() -> None:
    [template] = [parse_template(data) for data in map(json.loads, README.blocks("json")) if "fields" in data]
    compiled = compile_template(template)
    [row] = Rows(compiled.blocks(1, 7), compiled.schema)
    assert row["label"] == f"{row['title']} ({row['state']})"


def test_the_client_s_entry_is_that_of_mcp_json() -> None:
    [told] = [data for data in map(json.loads, README.blocks("json")) if "mcpServers" in data]
    ours = json.loads((PROJECT / "mcp.json").read_text())["mcpServers"]["dm-mcp"]
    entry = json.loads(json.dumps(told).replace("/ABSOLUTE/PATH/", ""))["mcpServers"]["dm-mcp"]
    assert entry == ours


def test_the_configuration_of_the_readme_is_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    [text] = README.blocks("toml")
    config = parse_config(text, tmp_path_factory.mktemp("workspace"))
    assert set(config.connections) == {"conn_postgres", "conn_staging"}
    assert config.limits == type(config.limits)()  # the defaults, as the README says


def test_the_commands_find_what_they_name() -> None:
    workspace = Workspace(PROJECT / "scenarios")
    assert workspace.scenario("regression_seeding").error is None
    assert workspace.template("tmpl_customer").id == "tmpl_customer"


def test_every_page_is_linked_from_the_readme() -> None:
    assert {page.name for page in DOCS} <= set(README.links)


def test_the_figures_are_there() -> None:
    section = README.text.split("<!-- figures -->")[1].split("<!-- /figures -->")[0]
    assert section.count("rows/s") >= 4
    assert section.count(" ms |") >= 2
