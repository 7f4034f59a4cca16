"""``dm-mcp serve``."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_a_server_ends_on_sigterm_while_its_client_is_there(root: Path) -> None:
    command = [sys.executable, "-m", "dm_mcp", "serve", "--workspace", str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 130


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--port", "8000"], "--transport http"),
        (["--transport", "stdio", "--host", "127.0.0.1"], "--transport http"),
        (["--transport", "http", "--port", "65536"], "65536 is not a port"),
        (["--transport", "http", "--port", "http"], "invalid"),
        (["--transport", "sse"], "for SSE take http"),
        (["--transport", "carrier-pigeon"], "invalid choice"),
    ],
)
def test_an_address_is_for_http_and_must_be_one(dm_mcp: Command, arguments: list[str], text: str) -> None:
    done = dm_mcp("serve", *arguments)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
