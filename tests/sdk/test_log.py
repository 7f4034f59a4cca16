"""Log records as they go over the wire."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from dm_mcp.protocol import Kind
from dm_mcp.sdk.channel import Channel
from dm_mcp.sdk.log import MAX_FIELD, MAX_FIELDS, MAX_TEXT, Log
from dm_mcp.sdk.session import Session
from tests.sdk.server import Answer, FakeServer

Write = Callable[[Callable[[Log], None]], dict[str, Any]]


@pytest.fixture
def record(serve: Callable[[Answer], FakeServer]) -> Write:
    """Write one record and give what the server got."""

    def record(write: Callable[[Log], None]) -> dict[str, Any]:
        server = serve(lambda server, frame: server.reply(frame, {}) if frame.kind is Kind.CALL else None)
        channel = Channel(server.theirs)
        write(Log(Session(channel, "run_1", "scenario", 0)))
        channel.call("echo")  # what was written before has come by now
        [frame] = server.of(Kind.LOG)
        return frame.json()

    return record


def test_keywords_are_fields(record: Write) -> None:
    told = record(lambda log: log.info("stored %s", "rows", table="customers", rows=5))
    assert (told["level"], told["text"], told["fields"]) == ("info", "stored rows", {"table": "customers", "rows": 5})


def test_a_record_without_keywords_has_no_fields(record: Write) -> None:
    assert "fields" not in record(lambda log: log.warning("odd"))


def test_a_field_may_be_called_message_or_level(record: Write) -> None:
    told = record(lambda log: log.error("oh", message="m", level=3))
    assert (told["level"], told["text"], told["fields"]) == ("error", "oh", {"message": "m", "level": 3})


def test_fields_are_plain_json(record: Write) -> None:
    told = record(
        lambda log: log.debug(
            "all kinds",
            id=uuid.UUID(int=1),
            at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
            price=decimal.Decimal("1.50"),
            raw=b"x",
            pair=(1, 2),
            deep={"a": [{"b": None}]},
            odd=float("nan"),
        )
    )
    assert told["fields"] == {
        "id": "00000000-0000-0000-0000-000000000001",
        "at": "2026-01-02T00:00:00+00:00",
        "price": "1.50",
        "raw": "eA==",
        "pair": [1, 2],
        "deep": {"a": [{"b": None}]},
        "odd": "nan",
    }


def test_what_json_has_not_is_shown_by_its_repr(record: Write) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ValueError

    loop: list[Any] = []
    loop.append(loop)
    told = record(lambda log: log.info("x", a=range(3), b={1: 2}, c=10**5000, d=Broken(), e=loop))["fields"]
    assert told == {
        "a": "range(0, 3)",
        "b": "{1: 2}",
        "c": "a int that can't be shown",
        "d": "a Broken that can't be shown",
        "e": "[[...]]",
    }


def test_a_long_value_is_cut_and_says_so(record: Write) -> None:
    fields = record(lambda log: log.info("x", text="é" * MAX_FIELD, items=list(range(MAX_FIELD)), fits="a" * 4000))[
        "fields"
    ]
    assert fields["text"] == "é" * 1000 + f" ... ({MAX_FIELD} characters in all)"
    assert fields["items"].startswith("[0, 1, 2, ")
    assert fields["items"].endswith("characters in all)")
    assert fields["fits"] == "a" * 4000


def test_too_many_fields_are_counted(record: Write) -> None:
    many: dict[str, Any] = {f"f{n}": n for n in range(MAX_FIELDS + 5)}
    fields = record(lambda log: log.info("x", **many))["fields"]
    assert len(fields) == MAX_FIELDS
    assert fields["f0"] == 0
    assert fields["..."] == "6 more fields were left out"
    most: dict[str, Any] = {f"f{n}": n for n in range(MAX_FIELDS)}
    assert record(lambda log: log.info("x", **most))["fields"] == most


def test_the_largest_record_fits_into_a_frame(record: Write) -> None:
    face = "\N{GRINNING FACE}"
    many: dict[str, Any] = {f"{n} {face * 100}": face * 5000 for n in range(MAX_FIELDS)}
    told = record(lambda log: log.info(face * 2 * MAX_TEXT, **many))
    assert told["text"].startswith(face * MAX_TEXT)
    assert len(told["fields"]) == MAX_FIELDS  # and the server's reader of headers has not refused the frame


def test_the_exception_at_hand_comes_with_fields_too(record: Write) -> None:
    def write(log: Log) -> None:
        try:
            {}["gone"]
        except LookupError:
            log.warning("oh", exc_info=True, step=3)

    told = record(write)
    assert told["text"].startswith("oh\nTraceback")
    assert told["text"].endswith("KeyError: 'gone'")
    assert told["fields"] == {"step": 3}
