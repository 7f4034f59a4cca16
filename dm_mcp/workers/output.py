"""A worker's stdout and stderr as lines of text."""

from __future__ import annotations

import os

__all__ = ["MAX_LINE", "LineReader"]

MAX_LINE = 64 * 1024
"""Bytes of one line; a longer one is split."""
_READ = 64 * 1024
_READS = 16
"""Reads in one call: a script that prints for ever must not hold the event loop."""


class LineReader:
    """Splits what comes out of a non-blocking pipe into lines."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.ended = False
        """All writers have closed the pipe, and all was read."""
        self._rest = bytearray()

    def read(self, *, last: bool) -> list[str]:
        """The lines that are complete now, without their line ends, at most about 1 MiB of them.

        ``last`` says that nobody is left to write: what has no line end counts as a line too.
        """
        drained = False
        for _ in range(_READS):
            try:
                data = os.read(self.fd, _READ)
            except BlockingIOError:
                drained = True
                break
            if not data:
                self.ended = True
                break
            self._rest += data
        lines = self._split()
        if self._rest and (self.ended or (last and drained)):
            lines.append(_text(self._rest))
            self._rest = bytearray()
        return lines

    def _split(self) -> list[str]:
        *whole, self._rest = self._rest.split(b"\n")
        lines: list[str] = []
        for line in whole:
            lines += [_text(piece) for piece in _pieces(line)]
        *full, self._rest = _pieces(self._rest)
        return lines + [_text(piece) for piece in full]


def _pieces(line: bytearray) -> list[bytearray]:
    """The line in pieces of at most `MAX_LINE` bytes, cut between two characters where it is UTF-8."""
    pieces: list[bytearray] = []
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


def _text(line: bytearray) -> str:
    return line.removesuffix(b"\r").decode(errors="replace")
