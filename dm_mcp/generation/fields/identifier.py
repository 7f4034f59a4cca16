"""Field types that tell rows apart: uuid, object_id."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dm_mcp.generation.columns import Bytes, Column, Ints, TextColumn, UuidColumn
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, NoOptions, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import Stream, Words, octets

__all__ = ["ObjectId", "Uuid", "hexadecimal"]


@field_type("uuid", "guid")
class Uuid(FieldType[NoOptions]):
    """A random uuid of version 4 (RFC 9562, section 5.4), e.g. ``1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed``."""

    localised: ClassVar[bool] = False

    always_unique: ClassVar[bool] = True

    def column_type(self) -> ColumnType:
        """A uuid."""
        return ColumnType.UUID

    def make(self, context: BlockContext) -> Column:
        """Two words a row, with the bits of version and variant set."""
        values = octets(context.words(2)).reshape(context.rows, 16).copy()
        values[:, 6] = values[:, 6] & 0x0F | 0x40
        values[:, 8] = values[:, 8] & 0x3F | 0x80
        return UuidColumn(values)


_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def hexadecimal(values: Bytes) -> Bytes:
    """Two hexadecimal digits for each byte of a matrix."""
    return _HEX[np.stack([values >> 4, values & 15], axis=2).reshape(len(values), -1)]


@field_type("object_id")
class ObjectId(FieldType[NoOptions]):
    """An id as MongoDB makes them, different in every row of a request, e.g. "6955b900f3a1c07e52b40a1c".

    Twelve bytes (BSON specification, type 7): four of time, which starts with the year 2026 and steps on a second every
    thousand rows; five of a machine, drawn for the request; three of a counter, which starts anywhere.
    """

    localised: ClassVar[bool] = False

    _START = 1_767_225_600
    _ROWS_A_SECOND = 1000

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct:
        """One a row until the clock of four bytes ends."""
        return Distinct((2**32 - self._START) * self._ROWS_A_SECOND, "a thousand ids a second until 2106")

    def numbered(self, numbers: Ints) -> Column:
        """The ids of a machine that is the field's own."""
        return self._ids(numbers, Stream(0, "object_id", self.place.field).words(0, 2))

    def make(self, context: BlockContext) -> Column:
        """By the row's number; two words a request."""
        return self._ids(context.row_numbers, context.stream.words(0, 2))

    def _ids(self, numbers: Ints, machine: Words) -> Column:
        values = np.empty((len(numbers), 12), np.uint8)
        seconds = (self._START + numbers // self._ROWS_A_SECOND).astype(">u4")
        counter = ((numbers + int(machine[1] >> np.uint64(40))) & 0xFF_FFFF).astype(">u4")
        values[:, :4] = seconds.view(np.uint8).reshape(-1, 4)
        values[:, 4:9] = octets(machine[:1])[:5]
        values[:, 9:] = counter.view(np.uint8).reshape(-1, 4)[:, 1:]
        return TextColumn((hexadecimal(values),))
