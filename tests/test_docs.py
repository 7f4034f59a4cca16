"""The pages can't drift: what they list is the code's, their examples run, their links and commands lead somewhere."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from mcp import Client
from pydantic import BaseModel

from dm_mcp import sdk
from dm_mcp.cli import build_parser
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.template import parse_template
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from dm_mcp.server.mcp_server import WorkspaceServer
from dm_mcp.workspace.config import WorkspaceConfig, parse_config
from dm_mcp.workspace.header import Header, read_header
from scripts.docs.commands import arguments, subcommands
from scripts.docs.pages import all_sections, section_names, with_sections
from scripts.docs.sdk import public_members
from scripts.docs.tables import error_classes
from tests.conftest import PROJECT, Database
from tests.documents import DOCS, PAGES, README, Page, run_example
from tests.generation.templates import rows
from tests.generation.test_compiled import Shipped
from tests.server.http_server import http_server

OTHER_PROGRAMS = {"curl", "export", "npx", "pip"}
NOT_GENERATED = {"figures"}
ALL = "\n".join(page.text for page in PAGES)
COMMANDS = subcommands(build_parser())
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def of_all(take: Callable[[Page], list[str]], pages: list[Page] = PAGES) -> Any:
    """A parameter for each thing that ``take`` finds in a page."""
    found = [(page, text) for page in pages for text in dict.fromkeys(take(page))]
    return pytest.mark.parametrize(
        ("page", "text"), found, ids=[f"{page.name}: {text.splitlines()[0]:.50}" for page, text in found]
    )


# What is generated


async def test_the_generated_sections_are_those_of_the_code(engine: Engine) -> None:
    sections = await all_sections(engine)
    for page in PAGES:
        assert with_sections(page.text, sections) == page.text, f"{page.name}: run .venv/bin/python -m scripts.docs"
    used = {name for page in PAGES for name in section_names(page.text)}
    assert used - NOT_GENERATED == set(sections)


@each_page
def test_every_section_is_closed(page: Page) -> None:
    for name in section_names(page.text):
        assert page.text.count(f"\n<!-- /{name} -->\n") == 1


def test_a_section_is_replaced_as_a_whole_and_nothing_else() -> None:
    text = "a\n<!-- one -->\nold\n<!-- /one -->\nb\n<!-- two -->\nkept\n<!-- /two -->\n"
    assert with_sections(text, {"one": "new \\1\n"}) == text.replace("old", "new \\1")


# What must be told


def names_of(model: type[BaseModel]) -> Iterator[str]:
    """The keys of a model and of the models in it."""
    for name, field in model.model_fields.items():
        yield field.alias or name
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not model:
                yield from names_of(kind)


def calls() -> Iterator[str]:
    for cls, prefix in ((sdk.DataMaker, "dm"), (sdk.Template, "template"), (sdk.Connection, "connection")):
        yield from (f"{prefix}.{name}" for name, _ in public_members(cls))
    yield from (f"dm.log.{name}" for name, _ in public_members(sdk.Log))


@pytest.mark.parametrize("name", sorted({*names_of(WorkspaceConfig), *names_of(Header)}))
def test_every_setting_and_header_key_is_told(name: str) -> None:
    assert re.search(rf"`(\[tool\.dm\.|\[)?{name}[`.\]]", ALL)


@pytest.mark.parametrize("name", list(calls()))
def test_every_call_is_told(name: str) -> None:
    assert re.search(rf"^### {name}$", ALL, re.MULTILINE) or f"`{name}`" in ALL


@pytest.mark.parametrize("name", sdk.__all__)
def test_every_name_to_import_is_told(name: str) -> None:
    assert name in ALL or name.removeprefix("Async") in ALL


@pytest.mark.parametrize("word", [*(cls.code for cls in error_classes()), *Status])
def test_every_error_code_and_status_is_told(word: str) -> None:
    assert f"| `{word}` |" in ALL


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (name, option)
        for name, parser in COMMANDS.items()
        for action in arguments(parser)
        for option in action.option_strings or [action.dest.upper()]
    ],
)
def test_every_command_and_option_is_told(command: str, option: str) -> None:
    section = ALL.split(f"\n## dm-mcp {command}\n")[1].split("\n## ")[0]
    assert re.search(rf"[`\s\[]{re.escape(option)}[`\s,\]]", section)


async def test_every_tool_is_told(engine: Engine) -> None:
    async with Client(WorkspaceServer(engine)) as client:
        for tool in (await client.list_tools()).tools:
            assert f"`{tool.name}`" in ALL


# What must work


@each_page
def test_every_block_has_a_check_of_its_own(page: Page) -> None:
    assert page.languages <= {"python", "sh", "toml", "json", "text"}


CLIENT = "from mcp import Client"
SCENARIOS = [(page, source) for page in DOCS for source in page.blocks("python") if CLIENT not in source]


@pytest.mark.parametrize(("page", "source"), SCENARIOS, ids=lambda part: None)
async def test_an_example_runs(
    engine: Engine, write: Callable[[str, str], None], database: Database, page: Page, source: str
) -> None:
    run = await run_example(engine, write, source)
    assert run.error is None, f"{page.name}: {source}"
    assert run.status is Status.DONE


async def test_the_python_client_of_the_page_reaches_the_server_by_every_transport(
    root: Path, write: Callable[[str, str], None]
) -> None:
    shutil.rmtree(root / "templates")  # that the servers need not make ready for them
    write("a", "print(1)")
    [source] = [source for page in DOCS for source in page.blocks("python") if CLIENT in source]
    async with http_server(root) as server:
        for shown, real in (
            ("/ABSOLUTE/PATH/scenarios", str(root)),
            ("/ABSOLUTE/PATH/.venv/bin/dm-mcp", str(Path(sys.executable).parent / "dm-mcp")),
            ("http://127.0.0.1:8000", server.url),
        ):
            assert shown in source
            source = source.replace(shown, real)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", source, stdout=asyncio.subprocess.PIPE)
        printed, _ = await process.communicate()
    assert printed.decode().splitlines() == ["['a']"] * 3


async def test_a_wrong_example_would_be_noticed(engine: Engine, write: Callable[[str, str], None]) -> None:
    run = await run_example(engine, write, 'dm.genrate("tmpl_customer", 1)')
    assert run.status is Status.FAILED


@of_all(lambda page: page.blocks("toml"))
def test_toml_is_a_configuration_or_a_header(page: Page, text: str, tmp_path: Path) -> None:
    if text.startswith("[tool.dm"):
        commented = "".join(f"# {line}\n" for line in text.splitlines())
        read_header(f"# /// script\n{commented}# ///\n", file="example.py")
    else:
        parse_config(text, tmp_path)


@of_all(lambda page: page.blocks("json"))
def test_json_is_a_template_or_a_client_s_file(page: Page, text: str) -> None:
    data = json.loads(text)
    if "fields" in data:
        assert rows(compile_template(parse_template(data), Shipped()), 20)
        return
    [entry] = (data.get("mcpServers") or data["servers"]).values()
    if "url" in entry:
        assert entry["url"].endswith("/mcp")
        assert entry["headers"]["Authorization"].startswith("Bearer $")
    else:
        assert entry["command"].startswith("/")
        assert parse(entry["args"]).workspace.startswith("/")


@of_all(lambda page: page.links)
def test_a_link_leads_somewhere(page: Page, text: str) -> None:
    if text.startswith("https://"):
        return
    target, _, anchor = text.partition("#")
    path = (page.path.parent / target).resolve() if target else page.path
    assert path.exists()
    if anchor:
        assert anchor in Page(path).anchors


def parse(words: list[str]) -> argparse.Namespace:
    """What the command line makes of the words; a wrong one is an error that names it."""
    try:
        return build_parser().parse_args(words)
    except SystemExit:
        pytest.fail(f"dm-mcp does not understand: {shlex.join(words)}")


@of_all(lambda page: page.command_lines)
def test_a_command_line_is_one(page: Page, text: str) -> None:
    words = shlex.split(text)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    elif words[0] == "claude":
        parse(words[words.index("--") + 2 :])
    elif Path(words[0]).name == "dm-mcp":
        parse(words[1:])
    else:
        assert Path(words[0]).name in OTHER_PROGRAMS


@of_all(lambda page: page.commands_in_prose)
def test_a_command_in_the_text_is_one(page: Page, text: str) -> None:
    command, *words = shlex.split(text)[1:]
    if command == "CODE:" or command.startswith("-"):
        return  # the form of an error, an option of dm-mcp itself
    options = {option for action in arguments(COMMANDS[command]) for option in action.option_strings}
    assert {word for word in words if word.startswith("-")} <= options


def test_the_inspector_is_the_one_that_is_tested() -> None:
    package = json.loads((PROJECT / "interop" / "package.json").read_text())
    version = package["dependencies"]["@modelcontextprotocol/inspector"]
    assert set(re.findall(r"@modelcontextprotocol/inspector(\S*)", ALL)) == {f"@{version}"}


def test_the_readme_is_the_first_page() -> None:
    assert README.name == "README.md"
