"""Hypothesis strategies for columns of every kind, nulls included."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import numpy as np
from hypothesis import strategies as st

from dm_mcp.generation.columns import (
    Block,
    BooleanColumn,
    Choices,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    NestedColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    TextColumn,
    TextPart,
    TimestampColumn,
    UuidColumn,
)
from dm_mcp.generation.render.column_type import column_type
from dm_mcp.generation.render.digits import decimal_text
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.schema import ColumnSpec, ColumnType

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
STORABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000


def microseconds(moment: datetime) -> int:
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


MOMENTS = st.one_of(
    st.integers(microseconds(FIRST), microseconds(LAST)),
    st.integers(microseconds(FIRST) // 1_000_000, microseconds(LAST) // 1_000_000).map(lambda s: s * 1_000_000),
)
DAYS = st.integers((FIRST - EPOCH).days, (LAST - EPOCH).days)
FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**9), 10**9).map(lambda cents: cents / 100),
)
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    INT64,
    FLOATS,
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.uuids(),
)
NESTED: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INT64 | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def ints(values: list[int]) -> Any:
    return np.array(values, np.int64)


@st.composite
def texts(draw: st.DrawFn, rows: int, words: st.SearchStrategy[str] = TEXT) -> tuple[TextPart, ...]:
    def part() -> TextPart:
        match draw(st.sampled_from(("constant", "word", "number", "digits"))):
            case "constant":
                return draw(words)
            case "word":
                pool = Pool(draw(st.lists(words, min_size=1, max_size=5)))
                return Picked(pool, ints(draw(n(st.integers(0, len(pool) - 1), rows))))
            case "number":
                return decimal_text(ints(draw(n(st.integers(0, 2**63 - 1), rows))))
            case _:
                width = draw(st.integers(1, 5))
                cells = draw(n(st.integers(48, 57), rows * width))
                return np.array(cells, np.uint8).reshape(rows, width)

    return tuple(part() for _ in range(draw(st.integers(1, 4))))


def n(each: st.SearchStrategy[Any], rows: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(each, min_size=rows, max_size=rows)


@st.composite
def columns(draw: st.DrawFn, rows: int) -> Column:
    some = draw(st.one_of(st.none(), n(st.booleans(), rows)))
    null = None if some is None else np.array(some, np.bool_)
    match draw(st.integers(0, 10)):
        case 0:
            return IntegerColumn(ints(draw(n(INT64, rows))), null=null)
        case 1:
            return FloatColumn(np.array(draw(n(FLOATS, rows)), np.float64), null=null)
        case 2:
            return DecimalColumn(ints(draw(n(INT64, rows))), draw(st.integers(0, 18)), null=null)
        case 3:
            return BooleanColumn(np.array(draw(n(st.booleans(), rows)), np.bool_), null=null)
        case 4:
            return TimestampColumn(ints(draw(n(MOMENTS, rows))), null=null)
        case 5:
            return DateColumn(ints(draw(n(DAYS, rows))), null=null)
        case 6:
            cells = draw(st.binary(min_size=16 * rows, max_size=16 * rows))
            return UuidColumn(np.frombuffer(cells, np.uint8).reshape(rows, 16), null=null)
        case 7:
            return TextColumn(draw(texts(rows)), null=null)
        case 8:
            choices = Choices(draw(st.lists(SCALARS | NESTED, min_size=1, max_size=4)))
            return PickedColumn(choices, ints(draw(n(st.integers(0, len(choices) - 1), rows))), null=null)
        case 9:
            return draw(nested(rows, null))
        case _:
            return ObjectColumn(draw(n(draw(st.sampled_from((SCALARS, NESTED, INT64, FLOATS, TEXT))), rows)), null=null)


@st.composite
def nested(draw: st.DrawFn, rows: int, null: Any) -> NestedColumn:
    counts = draw(st.one_of(st.none(), n(st.integers(0, 3), rows)))
    inside = rows if counts is None else sum(counts)
    names = draw(st.lists(TEXT, unique=True, max_size=2))
    objects = Block(tuple(names), tuple(draw(columns(inside)) for _ in names), inside)
    return NestedColumn(objects, None if counts is None else np.cumsum(ints(counts)), null=null)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    rows = draw(st.integers(0, 6))
    names = draw(st.lists(TEXT, unique=True, max_size=5))
    return Block(tuple(names), tuple(draw(columns(rows)) for _ in names), rows)


def block(rows: int, **fields: Column) -> Block:
    return Block(tuple(fields), tuple(fields.values()), rows)


def about(example: Block, **more: Any) -> Rendering:
    """What a renderer is told of the block."""
    specs = tuple(ColumnSpec(name, column_type(column) or ColumnType.TEXT) for name, column in example)
    return Rendering(specs, **more)


@st.composite
def tables(draw: st.DrawFn) -> Block:
    """Blocks of at least one column, under names that any table may have, quotes among them."""
    rows = draw(st.integers(0, 6))
    made = tuple(draw(columns(rows)) for _ in range(draw(st.integers(1, 4))))
    return Block(tuple(f'c"`]{at}' for at in range(len(made))), made, rows)


def is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def says_json(text: str, value: object) -> bool:
    """The text is the JSON of the value."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal) == as_json(value)


def as_json(value: object) -> Any:
    """What `json.loads` (decimals for floats) should give for a value: the specification, in the plainest words."""
    match value:
        case bool() | None | str():
            return value
        case int():
            return Decimal(value)
        case float():
            return Decimal(repr(value))
        case datetime():
            return value.replace(tzinfo=None).isoformat() + ("Z" if value.tzinfo else "")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case dict():
            return {key: as_json(inner) for key, inner in cast("dict[str, object]", value).items()}
        case list():
            return list(map(as_json, cast("list[object]", value)))
        case _:
            return value
