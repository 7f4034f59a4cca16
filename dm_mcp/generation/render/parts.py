"""The encoder under every byte format: a row is a sequence of parts, laid out for a whole block at once.

A part is a constant, an ``(n, width)`` matrix of bytes, or `Slices` of a shared buffer; `Masked` makes it a part of
some rows only. `lay_out` adds the sizes up to find where each part of each row goes, then copies part by part for all
rows. No index of single bytes is ever built: numpy moves one item of ``width`` bytes a row with one memcpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import SPARE, Bytes, Ints, Mask, Slices

__all__ = [
    "Masked",
    "Part",
    "filled",
    "items",
    "lay_out",
    "masked",
    "repeat",
    "side_by_side",
    "sizes",
    "slices_of",
    "with_spare",
]

_Voids = NDArray[np.void]  # one item a row, all of one width

_ONE_MOVE = SPARE  # bytes; wider slices are copied exactly, so that one long text does not make the rest slow


class Masked(NamedTuple):
    """A part that is there in the rows where ``present`` is true, and takes no room in the others."""

    part: bytes | Bytes | Slices
    present: Mask


Part = bytes | Bytes | Slices | Masked


def masked(parts: Iterable[Part], present: Mask) -> list[Part]:
    """The same parts, in the rows where ``present`` is true."""
    return [
        Masked(part.part, part.present & present) if isinstance(part, Masked) else Masked(part, present)
        for part in parts
    ]


def filled(values: Ints, null: Mask | None) -> Ints:
    """``values`` with 0 where the row is null, since what stands there may be anything."""
    return values if null is None else np.where(null, 0, values)


def slices_of(encoded: list[bytes]) -> Slices:
    """Bytes that are ready, one a row."""
    size = np.fromiter(map(len, encoded), np.int64, len(encoded))
    return Slices(np.frombuffer(b"".join(encoded), np.uint8), np.cumsum(size) - size, size)


def with_spare(slices: Slices) -> Slices:
    """The same slices, with room behind the last, so that it may be copied in a move of more than its own width."""
    return slices._replace(buffer=np.append(slices.buffer, np.zeros(SPARE, np.uint8)))


def sizes(parts: Iterable[Part]) -> Ints | int:
    """Bytes of each row, or one number when all rows are of one size."""
    total: Ints | int = 0
    for part in parts:
        if isinstance(part, Masked):
            total = total + np.where(part.present, sizes((part.part,)), 0)
        elif isinstance(part, Slices):
            total = total + part.size
        else:
            total = total + (len(part) if isinstance(part, bytes) else part.shape[1])
    return total


def lay_out(parts: Iterable[Part], rows: int) -> Slices:
    """The rows one after the other in a new buffer, each made of its ``parts`` in order."""
    pieces = _pieces(parts, rows)
    widths = [_width(piece, present) for piece, present in pieces]
    row_size = np.zeros(rows, np.int64)
    for width in widths:
        row_size += width
    row_end = np.cumsum(row_size)
    row_start = row_end - row_size
    out = np.empty(int(row_size.sum()), np.uint8)
    where = row_start.copy()
    for (piece, present), width, room in zip(pieces, widths, _rooms(widths), strict=True):
        if isinstance(piece, Slices):
            _copy_slices(out, where, row_end, room, piece)
        elif present is None:
            _window(out, piece.itemsize)[where] = piece
        else:
            _window(out, piece.itemsize)[where[present]] = piece[present]
        where += width  # left to right: _copy_slices relies on it
    return Slices(out, row_start, row_size)


def _width(piece: _Voids | Slices, present: Mask | None) -> Ints | int:
    if isinstance(piece, Slices):
        return piece.size
    return piece.itemsize if present is None else np.where(present, piece.itemsize, 0)


def _rooms(widths: Sequence[Ints | int]) -> list[int]:
    """From the beginning of each piece to the end of the row: the bytes that no row has less of."""
    least = [width if isinstance(width, int) else int(width.min(initial=_ONE_MOVE)) for width in widths]
    return list(accumulate(reversed(least)))[::-1]


def _merged(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, with constants that follow each other as one."""
    constant = b""
    for part in parts:
        if isinstance(part, bytes):
            constant += part
        else:
            if constant:
                yield constant
                constant = b""
            yield part
    if constant:
        yield constant


def _pieces(parts: Iterable[Part], rows: int) -> list[tuple[_Voids | Slices, Mask | None]]:
    """What is to be copied: neighbours of fixed width as one, masked slices as slices that may be empty."""
    pieces: list[tuple[_Voids | Slices, Mask | None]] = []
    fixed: list[_Voids] = []
    for each in _merged(parts):
        part, present = each if isinstance(each, Masked) else (each, None)
        if isinstance(part, Slices):
            piece = part
            if present is not None:
                piece = Slices(part.buffer, np.where(present, part.start, 0), np.where(present, part.size, 0))
                present = None
        else:
            width = len(part) if isinstance(part, bytes) else part.shape[1]
            if not width:
                continue
            piece = repeat(part, rows) if isinstance(part, bytes) else items(part)
            if present is None:
                fixed.append(piece)
                continue
        if fixed:
            pieces.append((side_by_side(fixed), None))
            fixed = []
        pieces.append((piece, present))
    if fixed:
        pieces.append((side_by_side(fixed), None))
    return pieces


def repeat(value: bytes, rows: int) -> _Voids:
    """The constant as one item a row."""
    return np.broadcast_to(np.frombuffer(value, f"V{len(value)}"), (rows,))


def items(matrix: Bytes) -> _Voids:
    """Each row of the matrix as one item."""
    if matrix.strides[1] != 1:
        matrix = np.ascontiguousarray(matrix)
    return matrix.view(f"V{matrix.shape[1]}")[:, 0]


def side_by_side(columns: list[_Voids]) -> _Voids:
    """``np.concatenate(axis=1)`` over items, four times as fast."""
    if len(columns) == 1:
        return columns[0]
    width = sum(column.itemsize for column in columns)
    out = np.empty(len(columns[0]), f"V{width}")
    if not len(out):
        return out
    offset = 0
    for column in columns:
        np.ndarray(out.shape, column.dtype, out, offset, (width,))[:] = column
        offset += column.itemsize
    return out


def _window(buffer: Bytes, width: int) -> _Voids:
    """``window[i]`` is ``buffer[i : i + width]``: overlapping items, so one fancy index moves ``width`` bytes a row.

    Index it with brackets: ``ndarray.take`` would first copy all of the overlapping items.
    """
    return np.ndarray((max(len(buffer) - width + 1, 0),), f"V{width}", buffer, 0, (1,))


def _copy_slices(out: Bytes, where: Ints, row_end: Ints, room: int, slices: Slices) -> None:
    """Copy each slice to ``out[where]``. ``room``: bytes that each row has at least from there to its end.

    Most slices are short and followed by more of their own row: those go in one move of a common width. What that
    move writes past the slice is overwritten when the next pieces of the row come, for it never leaves the row.
    The others (long, or at the end of a row or of the buffer) go exactly.
    """
    buffer, start, size = slices
    longest = int(size.max(initial=0))
    width = min(longest, _ONE_MOVE)
    if not width:
        return
    if width == longest and width <= room and start.max() <= len(buffer) - width:
        _window(out, width)[where] = _window(buffer, width)[start]
        return
    fits = (size <= width) & (row_end - where >= width) & (start <= len(buffer) - width)
    _window(out, width)[where[fits]] = _window(buffer, width)[start[fits]]
    rest = ~fits
    _copy_exactly(out, where[rest], Slices(buffer, start[rest], size[rest]))


def _copy_exactly(out: Bytes, where: Ints, slices: Slices) -> None:
    """Copy as memcpy does: two moves of a power of two, the second ending where the slice ends.

    A size in [width, 2 * width) is covered by ``width`` bytes from the front and ``width`` bytes up to the back; where
    they overlap they write the same bytes. So the cost is two moves for each power of two among the sizes.
    """
    buffer, start, size = slices
    width, longest = 1, int(size.max(initial=0))
    while width <= longest:
        pick = np.flatnonzero((size >= width) & (size < 2 * width))
        if len(pick):
            source, target = _window(buffer, width), _window(out, width)
            front, to, back = start[pick], where[pick], size[pick] - width
            target[to] = source[front]
            target[to + back] = source[front + back]
        width *= 2
