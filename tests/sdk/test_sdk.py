"""What a scenario imports, and what it gets outside a run."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import dm_mcp.sdk
from dm_mcp.sdk import AsyncConnection, AsyncDataMaker, AsyncTemplate, Connection, DataMaker, InvalidRequest, Template
from tests.conftest import PROJECT


def test_outside_a_run_datamaker_says_how_to_start_one() -> None:
    with pytest.raises(InvalidRequest, match="inside a run") as caught:
        DataMaker()
    assert "dm-mcp run" in caught.value.hint


def test_the_public_names_are_listed_and_sorted() -> None:
    assert dm_mcp.sdk.__all__ == sorted(dm_mcp.sdk.__all__)
    assert all(hasattr(dm_mcp.sdk, name) for name in dm_mcp.sdk.__all__)


@pytest.mark.parametrize(
    ("twin", "original"),
    [(AsyncDataMaker, DataMaker), (AsyncConnection, Connection), (AsyncTemplate, Template)],
    ids=lambda cls: cls.__name__,
)
def test_the_twins_take_the_same_arguments(twin: type, original: type) -> None:
    def methods(cls: type) -> dict[str, list[str]]:
        found = inspect.getmembers(cls, inspect.isfunction)
        return {name: list(inspect.signature(m).parameters) for name, m in found if not name.startswith("_")}

    assert methods(twin) == methods(original)


def test_an_author_s_editor_knows_the_name_datamaker(tmp_path: Path) -> None:
    script = tmp_path / "scenario.py"
    script.write_text(
        "from datamaker import DataMaker\n"
        "dm = DataMaker()\n"
        'reveal_type(dm.connection("c").insert("t", [{}]).inserted)\n'
        "dm.generat\n"
    )
    config = tmp_path / "pyrightconfig.json"
    config.write_text(f'{{"stubPath": "{PROJECT / "stubs"}", "extraPaths": ["{PROJECT}"]}}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", str(config), str(script)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert 'is "int"' in told
    assert 'attribute "generat"' in told


def test_the_stub_ships_in_the_wheel() -> None:
    stub = PROJECT / "stubs" / "datamaker-stubs" / "__init__.pyi"
    imported = [node.module for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
    assert set(imported) == {"dm_mcp.sdk"}
    assert '"stubs/datamaker-stubs"' in (PROJECT / "pyproject.toml").read_text()
