"""Waiting that a cancellation does not cut short."""

from __future__ import annotations

import asyncio
from typing import TypeVar

__all__ = ["finish"]

T = TypeVar("T")


async def finish(task: asyncio.Task[T]) -> T:
    """Wait for ``task`` to its end, even when the caller is cancelled meanwhile; CancelledError is raised after it."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # seen: else the loop complains of it
        raise cancelled
    return task.result()
