"""Where the HTTP face listens, and what it says when it can't."""

from __future__ import annotations

import errno
import socket

import pytest

from dm_mcp.errors import InvalidRequest
from dm_mcp.server.sockets import listening


def test_port_0_takes_a_free_one_and_the_sockets_are_closed_afterwards() -> None:
    with listening("127.0.0.1", 0) as [listener]:
        port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_name_with_two_addresses_has_one_port_at_both(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.1", "127.0.0.2")]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with listening("localhost", 0) as listeners:
        assert [listener.getsockname()[0] for listener in listeners] == ["127.0.0.1", "127.0.0.2"]
        assert len({listener.getsockname()[1] for listener in listeners}) == 1


def test_an_address_that_is_not_here_is_passed_over_when_another_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("192.0.2.1", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with listening("localhost", 0) as [listener]:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_told() -> None:
    with listening("127.0.0.1", 0) as [listener]:
        port = listener.getsockname()[1]
        with (
            pytest.raises(InvalidRequest, match=f"Port {port} of 127.0.0.1 is in use") as refused,
            listening("127.0.0.1", port),
        ):
            pass
        assert "--port" in refused.value.hint


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        ("no-such-host.invalid", 8000, "The host 'no-such-host.invalid' is unknown"),
        ("", 8000, "The host '' is unknown"),
        ("a" * 300, 8000, "is unknown"),
        ("192.0.2.1", 8000, "192.0.2.1 is no address of this machine"),
        ("127.0.0.1", 65536, "There is no port 65536"),
        ("127.0.0.1", -1, "There is no port -1"),
    ],
)
def test_a_place_that_is_none_is_told(host: str, port: int, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as refused, listening(host, port):
        pass
    assert refused.value.hint


def test_a_port_that_only_root_may_take_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:  # the tests may run as root
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(InvalidRequest, match="may not listen on port 80") as refused, listening("127.0.0.1", 80):
        pass
    assert "1024" in refused.value.hint
