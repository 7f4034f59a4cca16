"""Field types that tell rows apart: uuid."""

from __future__ import annotations

from typing import ClassVar

from dm_mcp.generation.columns import Column, UuidColumn
from dm_mcp.generation.registry import BlockContext, FieldType, NoOptions, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import octets

__all__ = ["Uuid"]


@field_type("uuid")
class Uuid(FieldType[NoOptions]):
    """A random uuid of version 4 (RFC 9562, section 5.4), e.g. ``1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed``."""

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
