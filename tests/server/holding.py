"""Context managers that hold a cancel scope, as fixtures: they must be left by the task that entered them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

Value = TypeVar("Value")


async def held(opened: AbstractAsyncContextManager[Value]) -> AsyncIterator[Value]:
    """Give what the context gives, kept open in a task of its own until the fixture is over."""
    ready: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def hold() -> None:
        async with opened as value:
            ready.set_result(value)
            await over.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait([holding, ready], return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        await holding  # it failed, and says why
    yield ready.result()
    over.set()
    await holding
