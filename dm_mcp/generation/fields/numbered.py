"""What the field types share whose values are numbered, and whose random values are those of random numbers."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from dm_mcp.generation.columns import Column
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, O
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.streams import below

__all__ = ["NumberedText"]


class NumberedText(FieldType[O]):
    """Text, all values as likely: `distinct` and `numbered` say which there are."""

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    @abstractmethod
    def distinct(self) -> Distinct:
        """How many different values there are."""

    def make(self, context: BlockContext) -> Column:
        """One word a row."""
        return self.numbered(below(context.words(), self.distinct().count).view(np.int64))
