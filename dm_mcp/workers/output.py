"""A worker's stdout and stderr as lines of text."""

from __future__ import annotations

import os
from typing import NamedTuple

__all__ = ["MAX_LINE", "READ", "READS", "Line", "LineReader"]

MAX_LINE = 64 * 1024
"""Bytes of one line; a longer one is split."""
READ = 4 * 1024
"""Bytes of one read: less than a millisecond of work, for a script that prints for ever must not hold the loop."""
READS = 64
"""Reads that take all that a pipe holds."""


class Line(NamedTuple):
    """A line of output."""

    text: str
    end: int
    """How many bytes of the stream there are up to the end of the line."""


class LineReader:
    """Splits what comes out of a non-blocking pipe into lines."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.ended = False
        """All writers have closed the pipe, and all was read."""
        self._rest = b""
        self._end = 0

    def read(self, *, last: bool, reads: int = READS) -> list[Line]:
        """The lines that are complete now, without their line ends, at most ``reads`` times `READ` bytes of them.

        ``last`` says that nobody is left to write: what has no line end counts as a line too.
        """
        drained = False
        for _ in range(reads):
            try:
                data = os.read(self.fd, READ)
            except BlockingIOError:
                drained = True
                break
            if not data:
                self.ended = True
                break
            self._rest += data
        lines = self._split()
        if self._rest and (self.ended or (last and drained)):
            lines.append(self._line(self._rest))
            self._rest = b""
        return lines

    def _split(self) -> list[Line]:
        *whole, self._rest = self._rest.split(b"\n")
        lines: list[Line] = []
        for raw in whole:
            *pieces, last = _pieces(raw) if len(raw) > MAX_LINE else (raw,)
            lines += map(self._line, pieces)
            self._end += 1
            lines.append(self._line(last))
        *full, self._rest = _pieces(self._rest)
        return lines + [self._line(piece) for piece in full]

    def _line(self, raw: bytes) -> Line:
        self._end += len(raw)
        return Line((raw[:-1] if raw.endswith(b"\r") else raw).decode(errors="replace"), self._end)


def _pieces(line: bytes) -> list[bytes]:
    """The line in pieces of at most `MAX_LINE` bytes, cut between two characters where it is UTF-8."""
    pieces: list[bytes] = []
    start = 0
    while len(line) - start > MAX_LINE:
        end = start + MAX_LINE
        for back in range(4):
            if line[end - back] & 0xC0 != 0x80:  # not inside a character
                end -= back
                break
        pieces.append(line[start:end])
        start = end
    pieces.append(line[start:] if start else line)
    return pieces
