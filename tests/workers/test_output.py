"""Lines out of a pipe."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.workers.output import MAX_LINE, LineReader


class Pipe:
    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self.reader = LineReader(self.read)

    def end(self) -> None:
        os.close(self.write)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    os.close(made.read)


def texts(pipe: Pipe, *, last: bool) -> list[str]:
    return [line.text for line in pipe.reader.read(last=last)]


def read_all(chunks: list[bytes]) -> list[str]:
    pipe = Pipe()
    lines: list[str] = []
    for chunk in chunks:
        os.write(pipe.write, chunk)
        lines += texts(pipe, last=False)
    pipe.end()
    lines += texts(pipe, last=False)
    assert pipe.reader.ended
    os.close(pipe.read)
    return lines


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_lines_do_not_depend_on_how_they_were_written(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    expected = whole.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert read_all(chunks) == [line.removesuffix(b"\r").decode(errors="replace") for line in expected]


def test_an_overlong_line_is_cut_between_characters() -> None:
    text = "é" * MAX_LINE
    raw = b"x" + text.encode()
    pieces = read_all([raw[at : at + 50_000] for at in range(0, len(raw), 50_000)])
    assert "".join(pieces) == "x" + text
    assert all(len(piece.encode()) <= MAX_LINE for piece in pieces)
    assert len(pieces) == 3


def test_an_overlong_line_that_is_no_text_is_cut_too() -> None:
    pieces = read_all([b"\x80" * 60_000] * 3)
    assert [len(piece) for piece in pieces] == [65536, 65536, 180_000 - 2 * 65536]


def test_an_open_line_waits_until_nobody_is_left_to_write(pipe: Pipe) -> None:
    os.write(pipe.write, b"a\nb")
    assert texts(pipe, last=False) == ["a"]
    assert texts(pipe, last=True) == ["b"]
    assert texts(pipe, last=True) == []
    pipe.end()


def test_empty_lines_are_lines(pipe: Pipe) -> None:
    os.write(pipe.write, b"\n\r\n\n")
    assert texts(pipe, last=False) == ["", "", ""]
    pipe.end()


def test_a_line_tells_where_it_ends_in_the_stream(pipe: Pipe) -> None:
    os.write(pipe.write, b"one\n\xc3\xa9\r\n" + b"x" * 40_000)
    ends = [line.end for line in pipe.reader.read(last=False)]
    os.write(pipe.write, b"x" * (MAX_LINE + 10 - 40_000) + b"\nlast")
    pipe.end()
    ends += [line.end for line in pipe.reader.read(last=False)]
    assert ends == [4, 8, 8 + MAX_LINE, 8 + MAX_LINE + 11, 8 + MAX_LINE + 15]
