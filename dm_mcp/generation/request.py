"""What all blocks of one request share: the seed, the streams, and the rows of other templates that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dm_mcp.generation.arrange import concatenated
from dm_mcp.generation.columns import Block, Column, Ints
from dm_mcp.generation.streams import Stream

__all__ = ["ALONE", "LOOK_BACK", "Request", "Table"]

LOOK_BACK = 64
"""Blocks of a template's own rows that later ones may refer to, so that a stream of any length needs no more memory."""


class Table:
    """The rows of a template that others refer to, a column at a time."""

    def __init__(self, rows: int, column: Callable[[str], Column]) -> None:
        """``column`` makes the whole column of a field; it is called once a field."""
        self.rows = rows
        self._make = column
        self._columns: dict[str, Column] = {}

    @classmethod
    def of_blocks(cls, blocks: list[Block]) -> Table:
        """The table of rows that have been made."""
        sizes = [block.rows for block in blocks]
        return cls(sum(sizes), lambda name: concatenated([block.column(name) for block in blocks], sizes))

    def column(self, name: str) -> Column:
        """The field's values of all rows."""
        if name not in self._columns:
            self._columns[name] = self._make(name)
        return self._columns[name]


class Request:
    """One call for rows of a template."""

    def __init__(
        self,
        seed: int,
        template: str,
        tables: Mapping[str, Table] | None = None,
        parents: Mapping[str, Ints] | None = None,
    ) -> None:
        self.seed = seed
        self.template = template
        self._tables = dict(tables or {})
        self.parents = dict(parents or {})
        """By field: the number of the row elsewhere that each row refers to, where that is settled beforehand."""
        self.before: dict[str, list[Column]] = {}
        """The columns of the last blocks, at most `LOOK_BACK`, of fields that rows of the same template refer to."""
        self._streams: dict[str, Stream] = {}

    def stream(self, field: str) -> Stream:
        """The random words of a field of the template."""
        if field not in self._streams:
            self._streams[field] = Stream(self.seed, self.template, field)
        return self._streams[field]

    def table(self, template: str, make: Callable[[], Table]) -> Table:
        """The rows of another template: those of the same set, else what ``make`` gives, which is then kept."""
        if template not in self._tables:
            self._tables[template] = make()
        return self._tables[template]

    def nested(self, template: str) -> Request:
        """The request for the objects inside the rows of this one."""
        return Request(self.seed, template, self._tables)


ALONE = Request(0, "")
"""Of a block that belongs to no request."""
