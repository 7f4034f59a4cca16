"""A worker's entry for tests: it runs the code that the environment variable CODE holds."""

import os
import socket


def main(control: socket.socket) -> int:
    """Run CODE with ``control`` in its globals."""
    exec(compile(os.environ["CODE"], "script.py", "exec"), {"control": control})
    return 0
