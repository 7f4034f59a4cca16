"""The frames that pass between a worker and the server, and the values inside them.

A frame is a header and a body. The header is in network byte order: ``uint32`` size of the body, ``uint8`` kind,
``uint32`` channel. A channel is the number that a worker gives to a call; the reply, and the rows of a stream that the
call opened, carry the same number. Channel 0 is the run itself. A body is JSON, except that of `Kind.ROWS`: raw bytes.

Rows flow under credit: a stream starts with `WINDOW` bytes, each `Kind.CREDIT` gives some back as the server has used
them up. So rows never fill the socket, and log lines, progress and calls pass between them.

JSON has no dates, decimals or bytes: `pack` writes such a value as ``{"$": [name, text]}``, `unpack` reads it back.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
import math
import struct
import uuid
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, Literal, NamedTuple, cast

from dm_mcp.errors import InvalidRequest, ProtocolError

__all__ = [
    "CHUNK",
    "HEADER",
    "MAX_BODY",
    "MAX_CONTAINERS",
    "MAX_PROGRESS",
    "WINDOW",
    "Frame",
    "Kind",
    "OnConflict",
    "jsonable",
    "pack",
    "read_header",
    "unpack",
    "write_frame",
]

HEADER = struct.Struct("!IBI")
MAX_BODY = 16 * 1024 * 1024
"""Bytes that one frame may hold; a longer one ends the run."""
MAX_CONTAINERS = 500_000
"""Lists and objects that the JSON of one frame may hold: each takes its reader far more than its text does."""
CHUNK = 256 * 1024
"""Bytes of rows in one frame at the most, and the size of the control socket's buffers."""
MAX_PROGRESS = 1e15
"""The largest number that progress may be told in: a step of 1 is still seen there."""
WINDOW = 4 * CHUNK
"""Bytes of rows that a stream may have under way."""


OnConflict = Literal["error", "update", "ignore"]
"""What an insert does with a row whose key is there already."""


class Kind(IntEnum):
    """What a frame is. The first group comes from the worker, the second from the server."""

    CALL = 1
    """A request: ``{"op": name, ...}``. Answered by one REPLY or FAILURE on the same channel."""
    ROWS = 2
    """Bytes of the stream that the call on this channel opened."""
    END = 3
    """The stream is whole. Answered by REPLY or FAILURE."""
    ABORT = 4
    """The stream can't be finished: an error's dictionary. What was sent of it is dropped."""
    LOG = 5
    """A log record: ``{"level", "text", "after"}``, maybe ``"fields"`` (plain JSON by name).

    ``after`` says how many bytes each output stream held before it.
    """
    PROGRESS = 6
    """``{"done", "total"}``."""
    DONE = 7
    """The script has ended well: ``{"result"}``."""
    FAILED = 8
    """The script has failed: an error's dictionary."""

    JOB = 32
    """What the worker is to do: its first frame."""
    REPLY = 33
    """The answer to a call."""
    FAILURE = 34
    """The call failed: an error's dictionary."""
    CREDIT = 35
    """``{"bytes"}``: so many more bytes of rows may come on this channel."""


_SMALL = {Kind.PROGRESS: 4096, Kind.END: 4096, Kind.ABORT: 256 * 1024, Kind.LOG: 2 * 1024 * 1024}
"""Frames that have no need to be large: so many bytes at the most."""


class Frame(NamedTuple):
    """One frame, taken apart."""

    kind: Kind
    channel: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object, with its dates, decimals and bytes restored. Raises `ProtocolError`."""
        if self.body.count(b"[") + self.body.count(b"{") > MAX_CONTAINERS:  # those in texts too: nobody writes so many
            raise ProtocolError(f"A {self.kind.name} frame holds more than {MAX_CONTAINERS} lists and objects.")
        try:
            value = unpack(json.loads(self.body))
        except (ValueError, TypeError, RecursionError, ArithmeticError) as error:
            raise ProtocolError(f"A {self.kind.name} frame does not hold JSON.") from error
        if not isinstance(value, dict):
            raise ProtocolError(f"A {self.kind.name} frame does not hold an object.")
        return cast("dict[str, Any]", value)


def read_header(header: bytes) -> tuple[int, Kind, int]:
    """Size of the body, kind and channel. Raises `ProtocolError` for an unknown kind or a body over `MAX_BODY`."""
    size, number, channel = HEADER.unpack(header)
    try:
        kind = Kind(number)
    except ValueError:
        raise ProtocolError(f"There is no frame of kind {number}.") from None
    if size > (limit := _SMALL.get(kind, MAX_BODY)):
        raise ProtocolError(f"A {kind.name} frame of {size} bytes is over the limit of {limit}.")
    return size, kind, channel


def write_frame(kind: Kind, channel: int, body: Mapping[str, Any] | bytes | memoryview) -> bytes:
    """A frame ready to send. Raises `InvalidRequest` for a body over `MAX_BODY`, TypeError for one that is not JSON."""
    raw = json.dumps(pack(body), separators=(",", ":")).encode() if isinstance(body, Mapping) else body
    if len(raw) > MAX_BODY:
        raise InvalidRequest(
            f"A message of {len(raw)} bytes is over the limit of {MAX_BODY}.",
            hint="Send less at once: fewer columns or rows of a query, a shorter value, rows by insert().",
        )
    return HEADER.pack(len(raw), kind, channel) + raw


_TAG = "$"
_MAX_DEPTH = 64  # readers of JSON differ in how deep they go

_WRITERS: dict[type, tuple[str, Callable[[Any], str]]] = {
    dt.datetime: ("datetime", dt.datetime.isoformat),
    dt.date: ("date", dt.date.isoformat),
    dt.time: ("time", dt.time.isoformat),
    dt.timedelta: ("timedelta", lambda d: f"{d.days} {d.seconds} {d.microseconds}"),
    decimal.Decimal: ("decimal", str),
    bytes: ("bytes", lambda b: base64.b64encode(b).decode()),
}

_READERS: dict[str, Callable[[str], Any]] = {
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "timedelta": lambda text: dt.timedelta(*map(int, text.split())),
    "decimal": decimal.Decimal,
    "bytes": lambda text: base64.b64decode(text, validate=True),
}


def pack(value: Any, depth: int = 0) -> Any:
    """The value in JSON's own types. A uuid becomes a string: ``dm`` has uuids as strings everywhere.

    Raises TypeError for a value that has no such form, or is nested more than `_MAX_DEPTH` deep.
    """
    if depth > _MAX_DEPTH:
        raise TypeError(f"what is nested more than {_MAX_DEPTH} deep can't be sent")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        entries = cast("Mapping[Any, Any]", value)
        packed = {_key(k): pack(v, depth + 1) for k, v in entries.items()}
        return {_TAG: ["dict", packed]} if _TAG in packed else packed
    if isinstance(value, (list, tuple, set, frozenset)):
        return [pack(item, depth + 1) for item in cast("list[Any]", value)]
    if isinstance(value, uuid.UUID):
        return str(value)
    for kind, (name, write) in _WRITERS.items():  # datetime before date, which it is one of
        if isinstance(value, kind):
            return {_TAG: [name, write(value)]}
    raise TypeError(f"a {type(value).__name__} can't be sent: {value!r:.100}")


def jsonable(value: Any) -> Any:
    """What `unpack` gives, for a reader who wants plain JSON: dates, decimals and bytes as their text."""
    if isinstance(value, Mapping):
        return {k: jsonable(v) for k, v in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [jsonable(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    for kind, (_, write) in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    return value


def unpack(value: Any) -> Any:
    """What `pack` was given, with tuples and sets as lists. Raises ValueError for a tag that `pack` does not write."""
    if isinstance(value, str):
        return _encodable(value)
    if isinstance(value, list):
        return [unpack(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    entries = cast("dict[str, Any]", value)
    if _TAG not in entries:
        return {_encodable(k): unpack(v) for k, v in entries.items()}
    tagged = entries[_TAG]
    if len(entries) == 1 and isinstance(tagged, list) and len(cast("list[Any]", tagged)) == 2:
        name, content = cast("list[Any]", tagged)
        if name == "dict" and isinstance(content, dict):
            return {_encodable(k): unpack(v) for k, v in cast("dict[str, Any]", content).items()}
        if isinstance(name, str) and isinstance(content, str) and name in _READERS:
            return _READERS[name](content)
    raise ValueError("unknown tag")


def _encodable(text: str) -> str:
    """The text with lone surrogates replaced: a script may log one, and nothing that writes UTF-8 takes it."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key must be a string, not {key!r:.100}")
    return key
