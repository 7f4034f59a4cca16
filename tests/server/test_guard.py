"""Who is let in: the token, the Host and the Origin of a request."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from dm_mcp import __version__
from dm_mcp.server.app import build_app
from dm_mcp.server.mcp_server import WorkspaceServer
from tests.server.http_server import BOTH, HELLO, LISTING, ServerProcess, http_server

PROTECTED = [("POST", "/mcp"), ("GET", "/mcp"), ("DELETE", "/mcp"), ("GET", "/sse"), ("POST", "/messages/")]


async def test_only_health_answers_without_the_token(shared_server: ServerProcess) -> None:
    async with shared_server.http() as http:
        health = await http.get("/health")
        assert (health.status_code, health.json()) == (200, {"status": "ok", "version": __version__})
        assert (await http.get("/nothing")).status_code == 404
    for sent in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {shared_server.token}x"},
        {"Authorization": shared_server.token},
    ):
        async with shared_server.http(**sent) as http:
            for method, path in PROTECTED:
                answer = await http.request(method, path, json=HELLO)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == "Bearer"
                error = answer.json()["error"]
                assert error["code"] == "unauthorized"
                assert error["message"]
                assert ".dm/token" in error["details"]["hint"]


async def test_every_route_but_health_is_tested_for_the_token(engine: Any) -> None:
    built = build_app(WorkspaceServer(engine), cast("Any", None), "127.0.0.1")
    paths = {cast("Any", route).path.rstrip("/") for route in built.routes}
    assert paths == {"/health", *(path.rstrip("/") for _, path in PROTECTED)}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:8000"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Host": "192.0.2.7"}, 421),
        ({"Host": "localhost:1.evil.example"}, 421),
        ({"Host": "e" * 30_000}, 421),
        ({"Origin": "http://localhost:1@evil.example"}, 403),
        ({"Origin": "http://" + "e" * 30_000}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
    ],
)
async def test_a_page_of_a_stranger_is_refused_with_the_token_too(
    shared_server: ServerProcess, headers: dict[str, str], status: int
) -> None:
    async with shared_server.http(**shared_server.headers, **headers) as http:
        for method, path in [*PROTECTED, ("GET", "/health")]:
            answer = await http.request(method, path, json=HELLO)
            assert answer.status_code == status
            assert answer.json()["error"]["code"] == "invalid_request"
            assert "--host" in answer.json()["error"]["details"]["hint"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"Host": "[::1]:9000"},
        {"Host": f"{socket.gethostname()}:9000"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://127.0.0.1"},
    ],
)
async def test_this_machine_is_let_in_by_each_of_its_names(
    shared_server: ServerProcess, headers: dict[str, str]
) -> None:
    async with shared_server.http(**headers) as http:
        assert (await http.get("/health")).status_code == 200


async def test_on_all_addresses_the_one_that_was_reached_is_let_in(root: Path) -> None:
    async with http_server(root, host="0.0.0.0") as server, httpx2.AsyncClient() as http:
        port = server.url.rpartition(":")[2]
        assert f"http://{socket.gethostname()}:{port}/mcp" in server.announced
        other = f"http://127.0.0.2:{port}/health"
        assert (await http.get(other)).status_code == 200
        assert (await http.get(other, headers={"Host": "127.0.0.3"})).status_code == 421
        assert (await http.get(other, headers={"Host": "evil.example"})).status_code == 421


async def test_a_session_is_of_no_use_without_the_token(shared_server: ServerProcess) -> None:
    async with shared_server.http(**shared_server.headers, **BOTH) as http, shared_server.http(**BOTH) as stranger:
        opened = await http.post("/mcp", json=HELLO)
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        assert (await stranger.post("/mcp", json=LISTING, headers=session)).status_code == 401
        assert (await stranger.delete("/mcp", headers=session)).status_code == 401
        assert (await http.post("/mcp", json=LISTING, headers=session)).status_code == 200
        async with http.stream("GET", "/sse") as stream:
            lines = stream.aiter_lines()
            place = next(line for line in [await anext(lines) for _ in range(2)] if line.startswith("data: "))
            path = place.removeprefix("data: ")
            assert (await stranger.post(path, json=HELLO)).status_code == 401
            assert (await http.post(path, json=HELLO)).status_code == 202
