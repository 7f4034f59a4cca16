"""What somebody is told whose first scenario fails: each message says what to do."""

from __future__ import annotations

import socket

import pytest

from dm_mcp.errors import ParamsError, ScriptError
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Run
from dm_mcp.workers.advice import advice_on
from tests.runs.conftest import RunSource, texts

HEAD = """# /// script
# [tool.dm.params.customers]
# type = "integer"
# default = 4
# ///
from datamaker import DataMaker
dm = DataMaker()
"""


def told(run: Run) -> tuple[str, str, int | None]:
    """The error's code, its whole text and its line."""
    assert run.error is not None
    return run.error.code, str(run.error), run.error.where.get("line")


@pytest.fixture
async def has_namespaces(engine: Engine) -> bool:
    """Whether runs here have a network of their own, which is none."""
    await engine.supervisor.start()
    return engine.supervisor.isolation == "namespaces"


async def test_a_parameter_that_is_not_there_is_named_with_those_that_are(run_source: RunSource) -> None:
    run = await run_source(HEAD + 'dm.params["custmers"]')
    code, text, line = told(run)
    assert (code, line) == ("params_invalid", 8)
    assert "no parameter 'custmers'" in text
    assert "Did you mean 'customers'?" in text
    assert "[tool.dm.params.custmers]" in text
    assert type(run.error) is ParamsError


async def test_without_declared_parameters_the_hint_says_how_to_declare_one(run_source: RunSource) -> None:
    code, text, line = told(await run_source('def main(dm):\n    return dm.params["zip"]'))
    assert (code, line) == ("params_invalid", 2)
    assert "declares no parameters" in text
    assert "[tool.dm.params.zip]" in text


async def test_parameters_are_an_ordinary_mapping_otherwise(run_source: RunSource) -> None:
    run = await run_source(
        HEAD
        + """
try:
    dm.params["zip"]
except KeyError:
    caught = True
try:
    dm.params["customers"] = 5
except TypeError:
    frozen = True
dm.result([caught, frozen, dm.params.get("zip", 1), "zip" in dm.params, {**dm.params}, len(dm.params)])
"""
    )
    assert run.result == [True, True, 1, False, {"customers": 4}, 1]


async def test_a_parameter_read_as_an_attribute_is_put_right(run_source: RunSource) -> None:
    code, text, line = told(await run_source(HEAD + "dm.params.customers"))
    assert (code, line) == ("script_error", 8)
    assert 'dm.params["customers"]' in text


async def test_a_module_that_is_not_installed_says_how_to_get_it(run_source: RunSource) -> None:
    run = await run_source("\nimport no_such_thing.inner")
    code, text, line = told(run)
    assert (code, line) == ("script_error", 2)
    assert "No module named 'no_such_thing'." in text
    assert 'dependencies = ["no_such_thing"]' in text
    assert "pip install no_such_thing" in text
    assert "Installed with dm-mcp: anyio " in text
    assert "numpy " in text
    assert texts(run)[0].startswith("Traceback")


async def test_a_misspelt_module_is_guessed(run_source: RunSource) -> None:
    assert "Did you mean 'datamaker'?" in told(await run_source("from datamkaer import DataMaker"))[1]


async def test_a_misspelt_call_is_guessed(run_source: RunSource) -> None:
    code, text, line = told(await run_source(HEAD + 'dm.genrate("tmpl_order", 1)'))
    assert (code, line) == ("script_error", 8)
    assert "Did you mean 'generate'?" in text


@pytest.mark.parametrize(
    "source",
    [
        'import socket\nsocket.create_connection(("127.0.0.1", 9))',
        'import urllib.request\nurllib.request.urlopen("http://example.com")',
        'import httpx2\nhttpx2.get("http://example.com")',
        'import asyncpg\nasync def main(dm):\n    await asyncpg.connect("postgresql://x@192.0.2.1/x")',
    ],
    ids=["socket", "urllib", "httpx2", "asyncpg"],
)
async def test_without_a_network_the_header_s_key_is_told(
    run_source: RunSource, has_namespaces: bool, source: str
) -> None:
    if not has_namespaces:
        pytest.skip("runs have the machine's network here")
    code, text, _ = told(await run_source(source))
    assert code == "script_error"
    assert "`network = true`" in text


async def test_with_a_network_nothing_is_said_of_it(run_source: RunSource) -> None:
    header = "# /// script\n# [tool.dm]\n# network = true\n# ///\n"
    code, text, _ = told(await run_source(header + 'import socket\nsocket.create_connection(("127.0.0.1", 1))'))
    assert code == "script_error"
    assert "network = true" not in text
    assert "refused" in text


async def test_an_error_without_advice_points_to_the_log(run_source: RunSource) -> None:
    run = await run_source("1 / 0")
    assert isinstance(run.error, ScriptError)
    assert run.error.message == "ZeroDivisionError: division by zero."
    assert "in the log" in run.error.hint


def test_advice_looks_at_what_led_to_an_error() -> None:
    error = RuntimeError("the plugin is not there")
    error.__cause__ = ModuleNotFoundError("No module named 'x_y_z'", name="x_y_z")
    assert "pip install x_y_z" in advice_on(ExceptionGroup("several", [ValueError(), error]))


def test_advice_ends_for_errors_that_lead_to_each_other() -> None:
    first, second = ValueError(), ValueError()
    first.__context__, second.__context__ = second, first
    assert advice_on(first) == ""


def test_advice_on_names_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo")])
    assert "`network = true`" in advice_on(socket.gaierror(-2, "Name or service not known"))
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    assert advice_on(socket.gaierror(-2, "Name or service not known")) == ""


@pytest.mark.parametrize(("name", "meant"), [("nunpy", "numpy"), ("pandas", None), ("rpandas", None)])
def test_only_a_slip_of_the_pen_is_taken_for_another_module(name: str, meant: str | None) -> None:
    advice = advice_on(ModuleNotFoundError(name=name))
    assert ("Did you mean" in advice) is (meant is not None)
    assert meant is None or f"Did you mean '{meant}'?" in advice
