"""``python -m tests.server.serve_http WORKSPACE HOST PORT``: the HTTP face as a process."""

import asyncio
import signal
import sys
from pathlib import Path

from dm_mcp.errors import DmError
from dm_mcp.server.http import serve_http
from dm_mcp.workspace.workspace import Workspace


async def main(root: str, host: str, port: str) -> None:
    serving = asyncio.ensure_future(serve_http(Workspace(Path(root)), host=host, port=int(port)))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    await serving


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except asyncio.CancelledError:
        sys.exit(130)
    except DmError as error:
        sys.exit(f"{error.code}: {error}")
