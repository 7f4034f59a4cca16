"""The HTTP face as a process: its start and its end."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from dm_mcp.server import http
from dm_mcp.server.http import serve_http
from dm_mcp.workspace.workspace import Workspace
from tests.conftest import processes_with
from tests.server.http_server import (
    BOTH,
    HELLO,
    LISTING,
    HttpServer,
    ServerProcess,
    announced_url,
    command,
    http_server,
)
from tests.server.notes import Notes

Write = Callable[[str, str], None]
FACES = ["mcp", "mcp-legacy", "sse"]
SAY_RUN_ID = "import os, time\nprint('id', os.environ['DM_RUN_ID'])\n"


@pytest.fixture
def root(root: Path) -> Path:
    """A workspace without templates: the zygote of its server has no vocabularies to read."""
    shutil.rmtree(root / "templates")
    return root


@pytest.fixture
async def server(root: Path) -> AsyncIterator[ServerProcess]:
    async with http_server(root) as server:
        yield server


Here = tuple[HttpServer, "asyncio.Task[None]"]


@pytest.fixture
async def here(root: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Here]:
    """A server in this process, and its task."""
    serving = asyncio.create_task(serve_http(Workspace(root), port=0))
    url = None
    while url is None:
        done, _ = await asyncio.wait([serving], timeout=0.01)
        assert not done, serving
        url = announced_url(capsys.readouterr().err)
    yield HttpServer(url, (root / ".dm" / "token").read_text().strip()), serving
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def test_the_line_at_the_start_says_where_and_never_the_token(server: ServerProcess, root: Path) -> None:
    assert f"{server.url}/mcp" in server.announced
    assert f"{server.url}/sse" in server.announced
    assert str(root / ".dm" / "token") in server.announced
    status, written = await server.stop()
    assert server.token not in server.announced + written
    assert (status, written) == (130, "")


async def test_a_port_in_use_ends_the_start_with_a_clear_word(shared_server: ServerProcess, root: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command(root, "127.0.0.1", shared_server.port), stderr=asyncio.subprocess.PIPE
    )
    _, written = await process.communicate()
    assert process.returncode
    assert "is in use" in written.decode()
    assert "Traceback" not in written.decode()


async def test_after_a_restart_the_token_is_the_same_and_sessions_are_not(root: Path) -> None:
    async with http_server(root) as first:
        async with first.http(**first.headers, **BOTH) as plain:
            session = (await plain.post("/mcp", json=HELLO)).headers["mcp-session-id"]
        await first.stop()
    async with http_server(root, port=first.port) as second:
        assert (second.url, second.token) == (first.url, first.token)
        async with second.http(**first.headers, **BOTH) as plain:
            answer = await plain.post("/mcp", json=LISTING, headers={"Mcp-Session-Id": session})
            assert answer.status_code == 404
        for face in FACES:
            async with second.client(face) as client:
                assert (await client.list_tools()).tools


async def test_a_run_that_ends_within_the_grace_is_told_to_its_caller(here: Here, write: Write) -> None:
    server, serving = here
    write("short", f"{SAY_RUN_ID}time.sleep(0.2)\nprint('over')\n")
    notes = Notes()
    async with server.client("mcp-legacy") as client:
        call = asyncio.create_task(client.call_tool("execute_scenario", {"scenario": "short"}, progress_callback=notes))
        await notes.line("id ")
        serving.cancel()
        result = await call
        assert result.structured_content is not None
        assert result.structured_content["status"] == "done"
        with pytest.raises(asyncio.CancelledError):
            await serving


@pytest.mark.parametrize("face", FACES)
async def test_a_run_past_the_grace_ends_as_interrupted_and_its_caller_hears_it(
    here: Here, write: Write, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    server, serving = here
    monkeypatch.setattr(http, "GRACE", 0.1)
    write("long", f"{SAY_RUN_ID}time.sleep(60)\n")
    notes = Notes()
    async with server.client(face) as client:
        call = asyncio.create_task(client.call_tool("execute_scenario", {"scenario": "long"}, progress_callback=notes))
        run_id = await notes.line("id ")
        serving.cancel()
        result = await call
        assert result.is_error
        assert "interrupted" in json.dumps(result.structured_content)
        with pytest.raises(asyncio.CancelledError):
            await serving
    assert processes_with(run_id) == []


async def test_sigterm_waits_for_runs_and_a_second_one_does_not(server: ServerProcess, write: Write) -> None:
    write("long", f"{SAY_RUN_ID}time.sleep(60)\n")
    notes = Notes()
    async with server.client("mcp") as client:
        arguments = {"scenario": "long"}
        call = asyncio.create_task(client.call_tool("execute_scenario", arguments, progress_callback=notes))
        run_id = await notes.line("id ")
        server.process.terminate()
        async with server.http() as plain:  # in the grace it goes on to serve
            assert (await plain.get("/health")).status_code == 200
        told = "dm-mcp: waiting up to 10 s for 1 run; a second signal ends it now\n"
        assert await server.stop() == (130, told)
        result = await call
        assert "interrupted" in json.dumps(result.structured_content)
    assert processes_with(run_id) == []
