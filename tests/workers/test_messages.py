"""Messages with descriptors over a stream socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.workers.messages import Inbox, encode

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        yield ours, theirs


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=20) | st.none(), max_size=4)),
    st.integers(1, 40),
)
def test_messages_come_out_whole_whatever_pieces_they_came_in(bodies: list[dict[str, object]], step: int) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    inbox, got = Inbox(), list[dict[str, object]]()
    data = b"".join(encode(body) for body in bodies)
    with ours, theirs:
        for at in range(0, len(data), step):
            ours.sendall(data[at : at + step])
            got += [message.body for message in inbox.receive(theirs)]
    assert got == bodies


def test_each_message_has_its_own_descriptors(pair: Pair) -> None:
    ours, theirs = pair
    pipes = [os.pipe() for _ in range(3)]
    socket.send_fds(ours, [encode({"id": 1}, 2)], [pipes[0][1], pipes[1][1]])
    ours.sendall(encode({"id": 2}))
    socket.send_fds(ours, [encode({"id": 3}, 1)], [pipes[2][1]])
    inbox, got = Inbox(), list[tuple[int, int]]()
    received: list[int] = []
    while len(got) < 3:
        for message in inbox.receive(theirs):
            got.append((message.body["id"], len(message.fds)))
            received += message.fds
    assert got == [(1, 2), (2, 0), (3, 1)]
    for number, fd in enumerate(received):
        assert not os.get_inheritable(fd)
        os.write(fd, b"%d" % number)
        assert os.read(pipes[number][0], 9) == b"%d" % number
        os.close(fd)
    for ends in pipes:
        for end in ends:
            os.close(end)


def test_descriptors_of_a_message_that_never_became_whole_are_closed(pair: Pair) -> None:
    ours, theirs = pair
    read, write = os.pipe()
    socket.send_fds(ours, [encode({"id": 1}, 1)[:-1]], [write])
    os.close(write)
    inbox = Inbox()
    assert inbox.receive(theirs) == []
    inbox.close()
    assert os.read(read, 1) == b""
    os.close(read)


def test_the_end_of_the_other_side_is_told(pair: Pair) -> None:
    pair[0].close()
    with pytest.raises(EOFError):
        Inbox().receive(pair[1])
