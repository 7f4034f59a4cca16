"""``dm-mcp`` as processes that need not import it: one process has, and forks for each command.

What a test sees is what a shell sees: a process of its own with arguments, folder, environment, output and exit status.
Only the second that a new interpreter takes to import everything is saved.

The forking process has a socket as its standard input. Each message on it is one command as JSON (``arguments``,
``cwd``, ``env``) with two descriptors, for its output and its errors; the answer is its exit status.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dm_mcp
from dm_mcp import cli

_PROJECT = Path(__file__).parents[2]
_MOST_BYTES = 1 << 20

_IMPORTED_BY_COMMANDS = (
    "dm_mcp.console",
    "dm_mcp.generation.json_schema",
    "dm_mcp.runs.engine",
    "dm_mcp.server.answers.log",
    "dm_mcp.server.answers.run",
    "dm_mcp.server.answers.scenario",
    "dm_mcp.workspace.new",
    "dm_mcp.workspace.workspace",
)


class Preloaded:
    """The process that forks, as a test has it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.cli.preloaded"]
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), cwd=_PROJECT)

    def run(self, arguments: Sequence[str], cwd: Path | None) -> subprocess.CompletedProcess[str]:
        """Run ``dm-mcp`` with these arguments to its end."""
        request = {"arguments": [*arguments], "cwd": str(cwd or Path.cwd()), "env": dict(os.environ)}
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            socket.send_fds(self._socket, [json.dumps(request).encode()], [output.fileno(), errors.fileno()])
            status = os.waitstatus_to_exitcode(int(self._socket.recv(_MOST_BYTES)))
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess([*arguments], status, output.read(), errors.read())

    def close(self) -> None:
        """End the process: no command comes any more."""
        self._socket.close()
        self._process.wait()


def _serve(requests: socket.socket) -> None:
    for name in _IMPORTED_BY_COMMANDS:
        importlib.import_module(name)
    gc.freeze()  # a fork need not look at what all of them share
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, _MOST_BYTES, 2)
        if not request:
            return
        child = os.fork()
        if child == 0:
            requests.close()
            sys.exit(_command(json.loads(request), *descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        requests.send(str(status).encode())


def _command(request: dict[str, Any], output: int, errors: int) -> int:
    """Be the process of one command."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, output, errors)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = [str(Path(dm_mcp.__file__).with_name("__main__.py")), *request["arguments"]]
    return cli.main()


if __name__ == "__main__":
    _serve(socket.socket(fileno=os.dup(0)))
