"""Open the sockets that the HTTP face listens on, or say what is in the way."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from dm_mcp.errors import InvalidRequest

__all__ = ["listening"]

_MAX_PORT = 65535
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@contextmanager
def listening(host: str, port: int) -> Generator[list[socket.socket]]:
    """Sockets at every address that the host's name has here, all with one port; port 0 takes a free one.

    Raises `InvalidRequest` when the host is unknown or is not this machine, or the port is taken or not allowed.
    """
    with ExitStack() as stack:
        opened: list[socket.socket] = []
        elsewhere: OSError | None = None
        for family, address in _addresses(host, port):
            try:
                # The protocol by name: asyncio sends small answers at once (TCP_NODELAY) only where it sees TCP.
                listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # the other family has its own
                listener.bind((address, port))
                listener.listen()
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise _refused(error, host, port) from None
                elsewhere = error  # "localhost" is ::1 too where the machine has no IPv6
                continue
            opened.append(listener)
            port = listener.getsockname()[1]
        if elsewhere is not None and not opened:
            raise _refused(elsewhere, host, port) from None
        yield opened


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    if not 0 <= port <= _MAX_PORT:
        raise InvalidRequest(
            f"There is no port {port}.", hint=f"A port is between 1 and {_MAX_PORT}; 0 takes a free one."
        )
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) if host else []
    except (socket.gaierror, UnicodeError):
        found = []
    if not found:
        hint = "Give a name or an address of this machine: 127.0.0.1 for this machine's users only, 0.0.0.0 for all."
        raise InvalidRequest(f"The host {host!r:.80} is unknown.", hint=hint)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _refused(error: OSError, host: str, port: int) -> InvalidRequest:
    match error.errno:
        case errno.EADDRINUSE:
            return InvalidRequest(
                f"Port {port} of {host} is in use.", hint="End what listens there, or give another --port."
            )
        case errno.EACCES | errno.EPERM:
            return InvalidRequest(f"You may not listen on port {port}.", hint="Give a --port of 1024 or above.")
        case code if code in _NOT_HERE:
            return InvalidRequest(f"{host} is no address of this machine.", hint="Give --host 127.0.0.1, or 0.0.0.0.")
        case _:
            reason = error.strerror or os.strerror(error.errno or 0)
            return InvalidRequest(
                f"Can't listen on {host}, port {port}: {reason}.", hint="Give another --host or --port."
            )
