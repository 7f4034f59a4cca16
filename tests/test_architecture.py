"""The house's rooms: each imports only rooms that stand before it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import dm_mcp
from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp_server import WorkspaceServer

PACKAGE = Path(dm_mcp.__file__).parent
ROOMS = (
    "errors",
    "locks",
    "generation",
    "protocol",
    "connections",
    "sdk",
    "workers",
    "workspace",
    "runs",
    "server",
    "console",
    "cli",
)
FORBIDDEN = {"sdk": {"connections"}, "workers": {"connections"}, "workspace": {"connections", "sdk", "workers"}}
OUTSIDE = {
    "errors": set[str](),
    "locks": set[str](),
    "generation": {"numpy", "faker", "pydantic"},
    "protocol": set[str](),
    "sdk": set[str](),
    "workspace": {"packaging", "pydantic", "pydantic_core", "annotated_types"},  # the last two are parts of pydantic
}
"""Packages that a room may import, where that is part of its promise: no I/O, no protocol."""

STARTER = PACKAGE / "workspace" / "starter"
"""Files for users, which are data and not code of ours."""

FILES = sorted(file for file in PACKAGE.rglob("*.py") if not file.is_relative_to(STARTER))


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            if node.module == "dm_mcp":
                yield from ((node.lineno, f"dm_mcp.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_before_it(file: Path) -> None:
    room = room_of(file)
    if room in ("__init__", "__main__"):
        return
    allowed = set(ROOMS[: ROOMS.index(room) + 1]) - FORBIDDEN.get(room, set())
    for line, name in imports(file):
        parts = name.split(".")
        if parts[0] == "dm_mcp" and len(parts) > 1 and not parts[1].startswith("__"):
            assert parts[1] in allowed, f"{file.name}:{line} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_with_a_promise_keeps_to_its_packages(file: Path) -> None:
    import sys

    allowed = OUTSIDE.get(room_of(file))
    if allowed is None:
        return
    for line, name in imports(file):
        top = name.split(".")[0]
        known = top in ("dm_mcp", "__future__") or top in sys.stdlib_module_names or top in allowed
        assert known, f"{file.name}:{line} imports {name}"


@pytest.mark.parametrize(
    "file", [file for file in FILES if room_of(file) == "generation"], ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_generation_does_no_input_or_output(file: Path) -> None:
    forbidden = {"asyncio", "socket", "os", "pathlib", "subprocess", "mcp", "anyio"}
    assert not [name for _, name in imports(file) if name.split(".")[0] in forbidden]


def strings(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


async def test_runs_know_nothing_of_the_tools_and_addresses_that_callers_use(engine: Engine) -> None:
    tools = [tool.name for tool in await WorkspaceServer(engine).list_tools()]
    spoken = {*(name for name in tools if "_" in name), "run://"}  # the others are words of every day too
    assert len(spoken) > 5
    for file in (file for file in FILES if room_of(file) == "runs"):
        for line, text in strings(file):
            assert not [name for name in spoken if name in text], f"{file.name}:{line} knows what callers call"
