"""Rows on their way from a script to a target: lists of dictionaries that remember their columns, and back to blocks.

A script works with dictionaries; the encoders want columns. `Rows`, which ``generate`` gives, keeps the columns that
its dictionaries were made from, so that what the script left alone is never converted back. `RowSource` turns anything
that yields mappings into blocks.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.columns import BLOCK, Block, Column, ObjectColumn
from dm_mcp.generation.render.column_type import column_type, common_type
from dm_mcp.generation.render.row_code import row_code
from dm_mcp.generation.render.values import are_immutable, iter_rows, to_columns, to_python
from dm_mcp.generation.schema import ColumnSpec, ColumnType

__all__ = ["RowSource", "RowStream", "Rows", "blocks_of"]

Row = Mapping[str, Any]


class Rows(list[dict[str, Any]]):
    """An ordinary list of dictionaries that also keeps the blocks they were made from.

    ``schema`` says what each field holds. The Python values are kept by reference only: eight bytes a cell.
    """

    def __init__(self, blocks: Iterable[Block], schema: tuple[ColumnSpec, ...]) -> None:
        super().__init__()
        self.schema = schema
        self._made: list[_Made] = []
        for block in blocks:
            made = _Made(block)
            self._made.append(made)
            self.extend(row_code(block.names).make(block.rows, made.columns))

    def blocks(self) -> Iterator[Block]:
        """The rows as they are now: the original columns wherever the script changed nothing.

        A cell counts as changed when it holds another object than at first. Raises InvalidRequest, with the row's
        number, for a row that is no mapping with ``str`` keys.
        """
        at = 0
        for made in self._made:
            rows = self[at : at + made.block.rows]
            if rows:
                yield made.now(rows, at + 1)
            at += len(rows)
        while at < len(self):
            rows = self[at : at + BLOCK]
            yield _block(rows, at + 1)
            at += len(rows)


class _Made:
    """A block and the very objects that its rows were given."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.columns = to_columns(block)
        # What a script may change in place is never taken to be as it was.
        self._frozen = [are_immutable(column, values) for (_, column), values in zip(block, self.columns, strict=True)]

    def now(self, rows: Sequence[Any], first_row: int) -> Block:
        names = self.block.names
        if len(rows) != self.block.rows:
            return _block(rows, first_row)
        if all(self._frozen) and row_code(names).same(rows, self.columns):
            return self.block
        # Rows of a list that a script had may be anything by now.
        try:
            values = [[row[name] for row in rows] for name in names]
        except (KeyError, TypeError, IndexError):
            return _block(rows, first_row)
        if not all(isinstance(row, Mapping) for row in rows) or set(map(len, rows)) != {len(names)}:
            return _block(rows, first_row)
        columns = map(_kept_or_new, self.block.columns, self._frozen, self.columns, values)
        return Block(names, tuple(columns), len(rows))


def _kept_or_new(column: Column, frozen: bool, before: list[Any], now: list[Any]) -> Column:
    return column if frozen and all(map(operator.is_, now, before)) else ObjectColumn(now)


class RowStream(Iterator[dict[str, Any]]):
    """The rows of a template, made a block at a time as they are reached. It can be read once."""

    def __init__(self, blocks: Iterable[Block], schema: tuple[ColumnSpec, ...]) -> None:
        self.schema = schema
        self._blocks = iter(blocks)
        self._rows: Iterator[dict[str, Any]] = iter(())

    def __next__(self) -> dict[str, Any]:
        while (row := next(self._rows, None)) is None:
            self._rows = iter_rows(next(self._blocks))
        return row

    def blocks(self) -> Iterator[Block]:
        """What has not been read yet, as blocks: no dictionaries are made for them."""
        begun = list(self._rows)
        if begun:
            yield _block(begun, 1)
        yield from self._blocks


class RowSource:
    """Anything that yields rows, as blocks for the encoders. ``names`` and ``schema`` are known before the first block.

    A list is read whole, a generator up to its first block; what one block holds more than the others is null there.
    Iterate it once. Raises InvalidRequest for a row that is no mapping with ``str`` keys, with its number from 1, and
    for a field that a generator brings up after its first block.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        _require_rows(rows)
        self._declared = {spec.name: spec for spec in rows.schema} if isinstance(rows, Rows | RowStream) else {}
        self._stream = rows if isinstance(rows, RowStream) else None
        blocks = blocks_of(rows)
        self._first = list(blocks if isinstance(rows, Collection) else itertools.islice(blocks, 1))
        self._rest = blocks
        self._read = False
        seen = dict.fromkeys(itertools.chain.from_iterable(block.names for block in self._first))
        self.names = tuple(self._declared) if self._stream or not seen else _in_order(self._declared, seen)
        """The fields of every block, in order."""

    @property
    def schema(self) -> tuple[ColumnSpec, ...]:
        """What each field holds: as the template says while the values agree, otherwise read off the values."""
        if self._stream:
            return self._stream.schema
        return tuple(self._spec(name) for name in self.names)

    def _spec(self, name: str) -> ColumnSpec:
        declared = self._declared.get(name)
        columns = [block.column(name) for block in self._first if name in block.names]
        found = {column_type(column, declared and declared.type) for column in columns} - {None}
        kind = common_type(kind for kind in found if kind) or (declared.type if declared else ColumnType.TEXT)
        return ColumnSpec(name, kind, sensitive=declared is not None and declared.sensitive)

    def __iter__(self) -> Iterator[Block]:
        if self._read:
            raise RuntimeError("the rows were read before: a RowSource can be iterated once")
        self._read = True
        at = 0
        for block in itertools.chain(self._first, self._rest):
            yield self._completed(block, at + 1)
            at += block.rows

    def _completed(self, block: Block, first_row: int) -> Block:
        if block.names == self.names:
            return block
        late = set(block.names).difference(self.names)
        if late:
            name = min(late)
            values = to_python(block.column(name), block.rows)
            at = next((at for at, value in enumerate(values) if value is not None), 0)
            raise InvalidRequest(
                f"the field {name!r} is in none of the rows before.",
                hint="Give every row the same fields, with None where there is no value.",
                row=first_row + at,
            )
        missing = ObjectColumn([None] * block.rows)
        columns = tuple(block.column(name) if name in block.names else missing for name in self.names)
        return Block(self.names, columns, block.rows)


def _require_rows(rows: object) -> None:
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise InvalidRequest(
            f"rows must be a list or another iterable of dictionaries, not {type(cast('object', rows)).__name__}.",
            hint="Put a single row in a list.",
        )


def _in_order(declared: Iterable[str], seen: Iterable[str]) -> tuple[str, ...]:
    """The names that were seen: the declared ones first, in their order."""
    names = dict.fromkeys(seen)
    return tuple([name for name in declared if name in names] + [name for name in names if name not in set(declared)])


def blocks_of(rows: Iterable[Row], size: int = BLOCK) -> Iterator[Block]:
    """Rows as blocks: those of a `Rows` or `RowStream`, or new ones of at most ``size`` rows.

    A new block's fields are those of any of its rows, in the order in which they come up; None where a row has none.
    Raises InvalidRequest, with the row's number from 1, for a row that is no mapping or has a key that is no ``str``.
    """
    if isinstance(rows, Rows | RowStream):
        yield from rows.blocks()
        return
    left = iter(rows)
    first_row = 1
    while chunk := list(itertools.islice(left, size)):
        yield _block(chunk, first_row)
        first_row += len(chunk)


def _block(rows: Sequence[Any], first_row: int) -> Block:
    if not all(isinstance(row, Mapping) for row in rows):
        at = next(at for at, row in enumerate(rows) if not isinstance(row, Mapping))
        raise InvalidRequest(
            f"a row must be a dictionary, not {type(rows[at]).__name__}.",
            hint="Each row maps the names of fields to their values.",
            row=first_row + at,
        )
    names: tuple[Any, ...] = tuple(dict.fromkeys(itertools.chain.from_iterable(rows)))
    if not all(isinstance(name, str) for name in names):
        at, name = next((at, name) for at, row in enumerate(rows) for name in row if not isinstance(name, str))
        raise InvalidRequest(
            f"the name of a field must be text, not {type(name).__name__}.",
            hint="Use str keys in every row.",
            row=first_row + at,
        )
    return Block(names, tuple(ObjectColumn(_cells(rows, name)) for name in names), len(rows))


def _cells(rows: Sequence[Row], name: str) -> list[Any]:
    try:
        return [row[name] for row in rows]
    except KeyError:
        return [row.get(name) for row in rows]
