"""``dm-mcp serve``."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path


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
