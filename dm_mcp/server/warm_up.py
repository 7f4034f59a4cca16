"""Make the first run quick without making the first answer slow."""

from __future__ import annotations

import asyncio
import logging

from dm_mcp.errors import DmError
from dm_mcp.runs.engine import Engine
from dm_mcp.workers.sandbox import Isolation

__all__ = ["warm_up_after"]

_log = logging.getLogger(__name__)


async def warm_up_after(ready: asyncio.Event, engine: Engine) -> None:
    """Fork the process that workers come from, but not before the server has done what its client waits for."""
    await ready.wait()
    try:
        await engine.warm_up()
    except DmError as error:  # the first run meets it again, and tells its caller
        _log.warning("%s", error)
    else:
        if engine.supervisor.isolation != Isolation.NAMESPACES:
            _log.warning("runs are not isolated: %s", engine.supervisor.isolation_note)
        for name, reason in engine.supervisor.layers.items():
            if reason:
                _log.warning("runs lack the layer %s: %s", name, reason)
