"""Running snippets in real workers, and finding every process that they leave."""

from __future__ import annotations

import asyncio
import contextlib
import textwrap
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from dm_mcp.workers.supervisor import Limits, Supervisor, Worker

HERE = Path(__file__).parent


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until the condition holds; fails after some seconds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - other processes have no event to wait on
            await asyncio.sleep(0.005)


def marked(marker: str) -> set[int]:
    """The living processes whose command line holds the marker: a zygote and whatever it forked, wherever it hides."""
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                if marker.encode() in (folder / "cmdline").read_bytes():
                    found.add(int(folder.name))
    return found


def children(pid: int) -> set[int]:
    with contextlib.suppress(OSError):
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return set()


def open_fds(pid: int | str) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


class Outcome(NamedTuple):
    status: int | None
    stdout: list[str]
    stderr: list[str]


class Bench:
    """A supervisor whose workers run snippets in one folder."""

    def __init__(self, folder: Path, isolation: str | None, without: Collection[str] = ()) -> None:
        self.folder = folder
        self.marker = f"marker-{folder}"
        self.supervisor = Supervisor(
            entry="exec_entry:main", isolation=isolation, without=without, path=[str(HERE), self.marker]
        )

    async def launch(
        self,
        code: str,
        *,
        env: dict[str, str] | None = None,
        memory: int = 2 * 1024**3,
        disk: int = 1024**3,
        network: bool = False,
    ) -> Worker:
        return await self.supervisor.launch(
            folder=self.folder,
            env={"CODE": textwrap.dedent(code), **(env or {})},
            limits=Limits(memory=memory, disk=disk),
            network=network,
        )

    async def run(
        self,
        code: str,
        *,
        env: dict[str, str] | None = None,
        memory: int = 2 * 1024**3,
        disk: int = 1024**3,
        network: bool = False,
    ) -> Outcome:
        """Run a snippet to its end."""
        worker = await self.launch(code, env=env, memory=memory, disk=disk, network=network)
        try:
            lines: list[tuple[str, str]] = []
            worker.on_output(lambda: lines.extend(printed(worker)))
            async with asyncio.timeout(15):
                status = await worker.wait()
            lines += printed(worker)
        finally:
            await worker.close()
        return Outcome(
            status,
            [text for name, text in lines if name == "stdout"],
            [text for name, text in lines if name == "stderr"],
        )

    def left(self) -> set[int]:
        """The living processes of this supervisor's workers, less the one keeper that a zygote may have spare."""
        zygote = self.supervisor.zygote_pid or 0
        living = marked(self.marker) - {zygote}
        spares = [pid for pid in living & children(zygote) if not children(pid)]
        return living - set(spares[:1] if self.supervisor.isolation == "namespaces" else ())


def printed(worker: Worker) -> list[tuple[str, str]]:
    """What the worker has printed by now: stream and text of each line."""
    return [(name, line.text) for name, line in worker.read_output()]


async def first_line(worker: Worker) -> str:
    """The first line that the worker prints; it may go on after."""
    lines: list[tuple[str, str]] = []
    arrived = asyncio.Event()

    def read() -> None:
        lines.extend(printed(worker))
        if lines:
            arrived.set()

    worker.on_output(read)
    async with asyncio.timeout(15):
        await arrived.wait()
    return lines[0][1]
