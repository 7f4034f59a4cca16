from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dm_mcp.errors import InvalidRequest, OutOfScope, RunInterrupted, TargetError
from dm_mcp.protocol import CHUNK, WINDOW, Frame, Kind
from dm_mcp.sdk.channel import Channel
from tests.sdk.server import Answer, FakeServer

Serve = Callable[[Answer], FakeServer]


def echo(server: FakeServer, frame: Frame) -> None:
    if frame.kind is Kind.CALL:
        server.reply(frame, frame.json())


def test_a_call_gets_its_answer(serve: Serve) -> None:
    channel = Channel(serve(echo).theirs)
    assert channel.call("execute", sql="select 1") == {"op": "execute", "sql": "select 1"}


def test_a_refused_call_raises_the_server_s_error(serve: Serve) -> None:
    error = OutOfScope("Not in scope.", hint="Add it.", connection="c")
    channel = Channel(serve(lambda server, frame: server.refuse(frame, error)).theirs)
    with pytest.raises(OutOfScope) as caught:
        channel.call("connection", name="c")
    assert caught.value.to_dict() == error.to_dict()


def test_threads_get_each_their_own_answer(serve: Serve) -> None:
    channel = Channel(serve(echo).theirs)

    def call(n: int) -> int:
        return channel.call("echo", n=n)["n"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, range(400)))
    assert answers == list(range(400))


def test_answers_may_come_in_another_order(serve: Serve) -> None:
    waiting: list[Frame] = []

    def last_first(server: FakeServer, frame: Frame) -> None:
        waiting.append(frame)
        if len(waiting) == 3:
            for each in reversed(waiting):
                server.reply(each, each.json())

    channel = Channel(serve(last_first).theirs)

    def call(n: int) -> int:
        return channel.call("echo", n=n)["n"]

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(call, range(3))) == [0, 1, 2]


def test_a_stream_waits_for_credit_and_loses_nothing(serve: Serve) -> None:
    data = os.urandom(3 * WINDOW)
    largest = 0

    def slowly(server: FakeServer, frame: Frame) -> None:
        nonlocal largest
        if frame.kind is Kind.CALL:
            server.reply(frame, {"columns": []})
        elif frame.kind is Kind.ROWS:
            largest = max(largest, len(frame.body))
            server.grant(frame, len(frame.body))
        elif frame.kind is Kind.END:
            server.reply(frame, {"inserted": 1})

    server = serve(slowly)
    with Channel(server.theirs).stream("load") as stream:
        stream.send(data)
        assert stream.finish() == {"inserted": 1}
    assert b"".join(frame.body for frame in server.of(Kind.ROWS)) == data
    assert largest <= CHUNK


def test_calls_pass_a_stream_that_has_no_credit_left(serve: Serve) -> None:
    released = threading.Event()

    def stalled(server: FakeServer, frame: Frame) -> None:
        if frame.kind is Kind.CALL and frame.json()["op"] == "load":
            server.reply(frame, {})
        elif frame.kind is Kind.CALL:
            server.reply(frame, {"passed": True})
            for rows in server.of(Kind.ROWS):
                server.grant(rows, len(rows.body))
            released.set()
        elif frame.kind is Kind.ROWS and released.is_set():
            server.grant(frame, len(frame.body))
        elif frame.kind is Kind.END:
            server.reply(frame, {})

    channel = Channel(serve(stalled).theirs)
    with channel.stream("load") as stream, ThreadPoolExecutor(1) as threads:
        sending = threads.submit(stream.send, bytes(2 * WINDOW))
        assert channel.call("execute") == {"passed": True}
        sending.result()
        stream.finish()


def test_a_stream_that_the_server_gives_up_raises_its_error(serve: Serve) -> None:
    def fail(server: FakeServer, frame: Frame) -> None:
        if frame.kind is Kind.CALL:
            server.reply(frame, {})
        elif len(server.of(Kind.ROWS)) == 2:
            server.refuse(frame, TargetError("The disk is full."))

    with Channel(serve(fail).theirs).stream("load") as stream, pytest.raises(TargetError, match="disk is full"):
        stream.send(bytes(10 * WINDOW))


def test_an_aborted_stream_waits_until_the_server_has_dropped_it(serve: Serve) -> None:
    def drop(server: FakeServer, frame: Frame) -> None:
        if frame.kind is Kind.CALL:
            server.reply(frame, {})
        elif frame.kind is Kind.ABORT:
            server.refuse(frame, TargetError("as you said"))

    server = serve(drop)
    with Channel(server.theirs).stream("load") as stream:
        stream.abort(TargetError("I can't."))
    assert server.of(Kind.ABORT)[0].json()["message"] == "I can't."


def test_a_closed_channel_is_told(serve: Serve) -> None:
    channel = Channel(serve(lambda server, _: server.ours.shutdown(2)).theirs)
    with pytest.raises(RunInterrupted, match="closed this run's channel"):
        channel.call("echo")


def test_a_forked_process_may_not_use_the_channel(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = Channel(serve(echo).theirs)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(InvalidRequest, match="forked process"):
        channel.call("echo")


def test_what_was_printed_is_written_before_a_frame(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    server = serve(echo)

    class Output:
        def flush(self) -> None:
            flushed.append(len(server.frames))

    monkeypatch.setattr("sys.stdout", Output())
    Channel(server.theirs).call("echo")
    assert flushed == [0]
