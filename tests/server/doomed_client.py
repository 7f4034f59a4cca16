"""``python -m tests.server.doomed_client FACE URL TOKEN SCENARIO WAIT``: tells a run's lines until it is killed."""

import asyncio
import sys

from tests.server.http_server import HttpServer


async def note(progress: float, total: float | None, message: str | None) -> None:
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


async def main(face: str, url: str, token: str, scenario: str, wait: str) -> None:
    server = HttpServer(url, token)
    async with server.client(face) as client:
        arguments = {"scenario": scenario, "wait_seconds": float(wait)}
        await client.call_tool("execute_scenario", arguments, progress_callback=note)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
