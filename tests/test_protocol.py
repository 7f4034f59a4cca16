import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import InvalidRequest, ProtocolError
from dm_mcp.protocol import HEADER, MAX_BODY, Frame, Kind, jsonable, pack, read_header, unpack, write_frame

plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(dt.UTC))
    | st.times()
    | st.timedeltas()
)
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(values)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert unpack(json.loads(json.dumps(pack(value)))) == value


@given(values)
def test_a_value_for_plain_readers_is_json(value: Any) -> None:
    json.dumps(jsonable(unpack(pack(value))), allow_nan=False)


@given(
    st.sampled_from([Kind.CALL, Kind.DONE, Kind.REPLY, Kind.JOB]),
    st.integers(0, 2**32 - 1),
    st.dictionaries(st.text(), values),
)
def test_a_frame_comes_back_as_it_was(kind: Kind, channel: int, body: dict[str, Any]) -> None:
    raw = write_frame(kind, channel, body)
    size, read_kind, read_channel = read_header(raw[: HEADER.size])
    assert (read_kind, read_channel, size) == (kind, channel, len(raw) - HEADER.size)
    assert Frame(kind, channel, raw[HEADER.size :]).json() == body


def test_a_uuid_becomes_a_string() -> None:
    value = uuid.uuid4()
    assert pack([value]) == [str(value)]


def test_a_dictionary_that_looks_like_a_tag_is_still_a_dictionary() -> None:
    value = {"$": ["decimal", "1.5"]}
    assert unpack(pack(value)) == value


@pytest.mark.parametrize("value", [object(), {1: "key"}, [complex(1, 2)]])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        pack(value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'"text"',
        b"\xff",
        b'{"a": {"$": ["nonsense", "1"]}}',
        b'{"a": {"$": "x"}}',
        b'{"a": {"$": ["decimal", "one"]}}',
        b'{"a": {"$": ["datetime", "yesterday"]}}',
        b'{"a": {"$": [[], "1"]}}',
        b'{"a": {"$": ["decimal", "1"], "b": 1}}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_message_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        Frame(Kind.CALL, 1, body).json()


def test_an_unknown_kind_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="kind 99"):
        read_header(HEADER.pack(0, 99, 0))


def test_an_oversized_body_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProtocolError, match="over the limit"):
        read_header(HEADER.pack(MAX_BODY + 1, Kind.ROWS, 1))


def test_an_oversized_message_is_the_sender_s_mistake() -> None:
    with pytest.raises(InvalidRequest, match="over the limit"):
        write_frame(Kind.CALL, 1, {"text": "x" * MAX_BODY})


def test_decimals_keep_their_digits() -> None:
    assert str(unpack(pack(Decimal("1.50")))) == "1.50"


@pytest.mark.parametrize("kind", [Kind.PROGRESS, Kind.END, Kind.ABORT, Kind.LOG])
def test_a_frame_that_has_no_need_to_be_large_may_not_be(kind: Kind) -> None:
    with pytest.raises(ProtocolError, match=f"A {kind.name} frame"):
        read_header(HEADER.pack(MAX_BODY, kind, 1))


def test_a_lone_surrogate_is_replaced_where_it_comes_in() -> None:
    assert Frame(Kind.LOG, 0, b'{"\\ud800": ["\\udfff!"]}').json() == {"?": ["?!"]}


def test_what_is_nested_too_deep_is_refused_by_the_sender() -> None:
    value: list[Any] = []
    for _ in range(100):
        value = [value]
    with pytest.raises(TypeError, match="nested"):
        pack(value)
