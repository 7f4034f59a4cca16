"""The addresses of resources: ``scheme://id``, an id's slashes as they are and all else in it percent-encoded."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from dm_mcp.errors import InvalidRequest

__all__ = ["STATUS", "Address", "read_uri", "resource_uri"]

STATUS = "server://status"
_LONGEST = 4_096


class Address(NamedTuple):
    """A resource's address, taken apart."""

    scheme: str
    id: str
    part: str
    """``log`` or ``result`` of a run; else empty."""


def resource_uri(scheme: str, id_: str, part: str = "") -> str:
    """The address of a resource."""
    return f"{scheme}://{quote(id_, safe='/', errors='replace')}{f'/{part}' if part else ''}"


def read_uri(uri: str) -> Address:
    """The parts of an address. Raises `InvalidRequest` for what can be none."""
    scheme, separator, path = uri.partition("://")
    if not separator or not path or len(uri) > _LONGEST:
        raise InvalidRequest(f"{uri!r:.100} is no address of a resource.", hint="resources/list shows some.")
    if scheme == "run":
        id_, _, part = path.partition("/")
        return Address(scheme, unquote(id_), part)
    return Address(scheme, unquote(path), "")
