"""The protocol's official conformance suite, against our server and against the fixture behind our application."""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interop.node import HERE, run_node
from interop.token_proxy import token_proxy
from tests.server.http_server import ServerProcess

BASELINES = [HERE / "conformance_ours.yml", HERE / "conformance_fixture.yml"]


async def run_suite(url: str, token: str, baseline: Path, home: Path) -> None:
    async with token_proxy(url, token) as open_url:
        suite = ["server", "--url", f"{open_url}/mcp", "--suite", "all", "--expected-failures", str(baseline)]
        ended = await run_node("conformance", *suite, home=home)
    assert ended.status == 0, ended.out.partition("=== SUMMARY ===")[2] + ended.err
    assert await scenarios(home) == set(re.findall(r"^[✓✗] ([\w-]+):", ended.out, re.MULTILINE))


async def scenarios(home: Path) -> set[str]:
    """Every scenario that the suite has for servers."""
    listed = await run_node("conformance", "list", "--server", home=home)
    return set(re.findall(r"^ +- ([\w-]+)", listed.out, re.MULTILINE))


@asynccontextmanager
async def fixture_server(token: str) -> AsyncGenerator[str]:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "interop.fixture_server", token],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def test_our_server_passes_all_that_a_general_server_can(server: ServerProcess, tmp_path: Path) -> None:
    await run_suite(server.url, server.token, BASELINES[0], tmp_path)


async def test_the_fixture_passes_what_wants_items_of_fixed_names(tmp_path: Path) -> None:
    token = secrets.token_urlsafe(32)
    async with fixture_server(token) as url:
        await run_suite(url, token, BASELINES[1], tmp_path)


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda path: path.stem)
async def test_what_is_not_passed_is_a_scenario_and_has_its_reason(baseline: Path, tmp_path: Path) -> None:
    known = await scenarios(tmp_path)
    names, reasoned = listed_in(baseline)
    assert reasoned, "The first group has no reason."
    assert set(names) <= known
    assert len(names) == len(set(names))


def listed_in(baseline: Path) -> tuple[list[str], bool]:
    """The scenarios of a baseline, and whether a comment stands before the first."""
    _, _, listed = baseline.read_text().partition("server:\n")
    return re.findall(r"^  - ([\w-]+)$", listed, re.MULTILINE), listed.startswith("  # ")


async def test_without_the_token_the_suite_gets_nowhere(server: ServerProcess, tmp_path: Path) -> None:
    ended = await run_node("conformance", "server", "--url", f"{server.url}/mcp", "--scenario", "ping", home=tmp_path)
    assert ended.status != 0
