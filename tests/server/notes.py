"""What a client hears while it waits."""

from __future__ import annotations

import asyncio


class Notes:
    """The progress of one call: its numbers, and the lines of its messages."""

    def __init__(self) -> None:
        self.numbers: list[float] = []
        self.lines: list[str] = []
        self._heard = asyncio.Condition()

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        async with self._heard:
            self.numbers.append(progress)
            self.lines += (message or "").splitlines()
            self._heard.notify_all()

    async def line(self, start: str) -> str:
        """Wait for a line that starts so, and give the rest of it."""
        async with self._heard:
            await self._heard.wait_for(lambda: any(line.startswith(start) for line in self.lines))
        return next(line for line in self.lines if line.startswith(start)).removeprefix(start).strip()
