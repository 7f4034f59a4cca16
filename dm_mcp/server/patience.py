"""How long, and with how many at once, the HTTP face waits for callers that send nothing.

Whoever can reach the port can open connections and send half a request, without any token. Each holds a descriptor,
and a process without descriptors can neither run a scenario nor answer anybody.
"""

from __future__ import annotations

import asyncio
import resource

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PatientProtocol"]

HEAD_SECONDS = 10.0
"""Seconds from a connection's start to the end of its first request's head."""
_SHARE = 2
"""Connections take at most one in so many of the descriptors that the process may have."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, that hangs up on a caller without a request, and on one too many."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn's own
        """Serve the connection, if there is room for it."""
        super().connection_made(transport)
        if len(self.connections) > resource.getrlimit(resource.RLIMIT_NOFILE)[0] // _SHARE:
            transport.abort()
            return
        self.loop.call_later(HEAD_SECONDS, self._hang_up_on_silence)

    def _hang_up_on_silence(self) -> None:
        if getattr(self, "cycle", None) is None:  # uvicorn declares it as always there
            self.transport.abort()
