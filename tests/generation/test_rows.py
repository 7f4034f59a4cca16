"""Rows between a script and the encoders."""

import copy
import operator
import pickle
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.columns import (
    BLOCK,
    Block,
    Choices,
    Column,
    DecimalColumn,
    IntegerColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    TextColumn,
    UuidColumn,
)
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.rows import Rows, RowSource, RowStream, blocks_of
from dm_mcp.generation.schema import ColumnSpec, ColumnType

SCHEMA = (
    ColumnSpec("id", ColumnType.UUID),
    ColumnSpec("name", ColumnType.TEXT, sensitive=True),
    ColumnSpec("price", ColumnType.DECIMAL),
    ColumnSpec("tags", ColumnType.JSON),
)
FROZEN = ("id", "name", "price")


def customers(rows: int, first: int = 0, tags: object = ("a",)) -> Block:
    count = np.arange(first, first + rows)
    ids = np.zeros((rows, 16), np.uint8)
    ids[:, 15] = count
    columns: tuple[Column, ...] = (
        UuidColumn(ids),
        TextColumn((Picked(Pool(["Ann", "Bob"]), count % 2), "son")),
        DecimalColumn(count * 100, 2, null=count % 5 == 4),
        PickedColumn(Choices([tags]), np.zeros(rows, np.int64)),
    )
    return Block(("id", "name", "price", "tags"), columns, rows)


def made(tags: object = "a") -> tuple[list[Block], Rows]:
    blocks = [customers(4, tags=tags), customers(4, 4, tags=tags), customers(2, 8, tags=tags)]
    return blocks, Rows(blocks, SCHEMA)


def read(blocks: Iterator[Block] | RowSource) -> list[dict[str, Any]]:
    return [row for block in blocks for row in to_rows(block)]


def kept(blocks: list[Block], before: list[Block]) -> list[set[str]]:
    """The columns of each block that are still the ones of the block in the same place."""
    return [
        {name for name, column in now if name in old.names and column is old.column(name)}
        for now, old in zip(blocks, before, strict=True)
    ]


def test_rows_are_a_list_of_dictionaries() -> None:
    blocks, rows = made()
    assert isinstance(rows, list)
    assert rows == [row for block in blocks for row in to_rows(block)]
    assert type(rows[0]) is dict
    assert rows.schema == SCHEMA
    assert len(rows) == 10
    assert rows[4]["price"] is None


def test_untouched_rows_give_back_the_very_blocks() -> None:
    blocks, rows = made()
    assert all(map(operator.is_, blocks_of(rows), blocks))
    assert RowSource(rows).schema == SCHEMA


def test_a_changed_cell_replaces_its_column_in_its_block_only() -> None:
    before, rows = made()
    rows[5]["name"] = "Zoë"
    after = list(blocks_of(rows))
    assert kept(after, before) == [set(SCHEMA_NAMES), {"id", "price", "tags"}, set(SCHEMA_NAMES)]
    assert read(iter(after)) == rows


SCHEMA_NAMES = [spec.name for spec in SCHEMA]


def test_an_equal_value_of_another_type_is_a_change() -> None:
    _, rows = made()
    rows[1]["price"] = 1.0
    assert rows[1] == {**rows[1], "price": Decimal("1.00")}
    assert [type(row["price"]) for row in read(blocks_of(rows))][:2] == [Decimal, float]


def test_a_value_changed_in_place_is_seen() -> None:
    _, rows = made(tags={"seen": False})
    rows[3]["tags"]["seen"] = True
    assert [row["tags"]["seen"] for row in read(blocks_of(rows))] == [False] * 3 + [True] + [False] * 6


def test_values_that_could_be_changed_in_place_leave_the_other_columns_alone() -> None:
    before, rows = made(tags=["x"])
    assert kept(list(blocks_of(rows)), before) == [set(FROZEN)] * 3


def drop(rows: Rows) -> None:
    del rows[2]


def insert(rows: Rows) -> None:
    rows.insert(1, {"id": None, "name": "Eve", "price": Decimal(1), "tags": "b"})


def rename(rows: Rows) -> None:
    for row in rows:
        row["title"] = row.pop("name")


def strip(rows: Rows) -> None:
    for row in rows:
        del row["tags"]


def add_key(rows: Rows) -> None:
    rows[6]["extra"] = 1


def replace_rows(rows: Rows) -> None:
    rows[:] = [dict(row) for row in rows[::2]]


def foreign_row(rows: Rows) -> None:
    cast("list[Any]", rows)[3] = MappingProxyType({"name": "read only"})


def append(rows: Rows) -> None:
    rows.append({"name": "last"})


def extend(rows: Rows) -> None:
    rows.extend([{"name": "more"}] * 3)


def sort(rows: Rows) -> None:
    rows.sort(key=lambda row: row["name"])


@pytest.mark.parametrize(
    "change",
    [
        drop,
        insert,
        rename,
        strip,
        add_key,
        replace_rows,
        foreign_row,
        Rows.reverse,
        Rows.clear,
        Rows.pop,
        append,
        extend,
        sort,
    ],
)
def test_whatever_a_script_does_to_the_list_is_seen(change: Callable[[Rows], None]) -> None:
    _, rows = made()
    change(rows)
    source = RowSource(rows)
    names = source.names
    found = read(source)
    assert found == [{name: row.get(name) for name in names} for row in rows]
    assert all(set(row) <= set(names) for row in rows)


KINDS = ("set", "delete", "swap", "add", "key", "drop key")
CHANGES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 20), st.integers(0, 20)), max_size=6)


@given(CHANGES)
def test_any_series_of_changes_is_seen(changes: list[tuple[str, int, int]]) -> None:
    _, rows = made()
    for what, a, b in changes:
        row = rows[a % len(rows)] if rows else {}
        match what:
            case "set" if row:
                row[list(row)[b % len(row)]] = b
            case "delete" if rows:
                del rows[a % len(rows)]
            case "swap" if rows:
                i, j = a % len(rows), b % len(rows)
                rows[i], rows[j] = rows[j], rows[i]
            case "add":
                rows.insert(a, {"name": str(b)})
            case "key":
                row[f"extra{b % 2}"] = b
            case "drop key" if row:
                del row[list(row)[b % len(row)]]
            case _:
                pass
    source = RowSource(rows)
    expected = [{name: row.get(name) for name in source.names} for row in rows]
    assert [spec.name for spec in source.schema] == list(source.names)
    assert read(source) == expected


def test_copies_of_rows_are_still_read_right() -> None:
    _, rows = made()
    deep = copy.deepcopy(rows)
    deep[0]["name"] = "changed"
    assert read(blocks_of(deep)) == deep
    assert rows[0]["name"] == "Annson"
    assert read(blocks_of(rows[2:5])) == rows[2:5]
    again = pickle.loads(pickle.dumps(list(rows)))
    assert read(blocks_of(again)) == rows


def test_a_generator_becomes_blocks_of_the_usual_size() -> None:
    blocks = list(blocks_of({"n": n} for n in range(BLOCK + 1)))
    assert [block.rows for block in blocks] == [BLOCK, 1]
    assert [block.rows for block in blocks_of([{"n": 1}] * 5, size=2)] == [2, 2, 1]
    assert list(blocks_of([])) == []


def test_a_field_that_only_some_rows_have_is_none_in_the_others() -> None:
    (block,) = blocks_of([{"a": 1}, {"b": 2, "a": 3}, {"c": 4}])
    assert block.names == ("a", "b", "c")
    assert to_rows(block)[0] == {"a": 1, "b": None, "c": None}


@pytest.mark.parametrize(("bad", "says"), [(5, "int"), ([("a", 1)], "list"), ("a", "str"), (None, "NoneType")])
def test_a_row_that_is_no_dictionary_is_named_by_its_number(bad: object, says: str) -> None:
    rows: list[Any] = [{"a": 1}] * 2 + [bad]
    with pytest.raises(InvalidRequest, match=says) as caught:
        list(blocks_of(rows, size=2))
    assert caught.value.where == {"row": 3}


def test_a_key_that_is_no_text_is_named_by_its_row() -> None:
    rows: list[Any] = [{"a": 1}, {"a": 1, 2: 3}]
    with pytest.raises(InvalidRequest, match="int") as caught:
        RowSource(rows)
    assert caught.value.where == {"row": 2}


@pytest.mark.parametrize("rows", [{"a": 1}, "rows", b"rows", 5, None])
def test_what_is_no_series_of_rows_is_refused(rows: Any) -> None:
    with pytest.raises(InvalidRequest, match="iterable of dictionaries"):
        RowSource(rows)


def test_a_source_reads_a_generator_only_as_far_as_it_must() -> None:
    reached: list[int] = []

    def rows() -> Iterator[dict[str, int]]:
        for n in range(3 * BLOCK):
            reached.append(n)
            yield {"n": n}

    source = RowSource(rows())
    assert source.schema == (ColumnSpec("n", ColumnType.INTEGER),)
    assert len(reached) == BLOCK
    assert [block.rows for block in source] == [BLOCK] * 3


def test_a_field_that_a_generator_brings_up_late_is_an_error_with_its_row() -> None:
    source = RowSource({"n": n} | ({"late": 1} if n == BLOCK + 7 else {}) for n in range(2 * BLOCK))
    with pytest.raises(InvalidRequest, match="'late'") as caught:
        list(source)
    assert caught.value.where == {"row": BLOCK + 8}


def test_a_field_that_a_list_brings_up_late_is_known_at_once() -> None:
    rows: list[dict[str, Any]] = [{"n": n} for n in range(BLOCK)] + [{"n": 0, "late": "x"}]
    source = RowSource(rows)
    assert source.schema == (ColumnSpec("n", ColumnType.INTEGER), ColumnSpec("late", ColumnType.TEXT))
    assert read(source)[-2:] == [{"n": BLOCK - 1, "late": None}, {"n": 0, "late": "x"}]


def test_a_source_is_read_once() -> None:
    source = RowSource([{"a": 1}])
    list(source)
    with pytest.raises(RuntimeError, match="once"):
        list(source)


def test_no_rows_have_no_schema_but_the_templates() -> None:
    assert RowSource([]).schema == ()
    assert RowSource(Rows([], SCHEMA)).schema == SCHEMA
    assert list(RowSource(iter([]))) == []


def test_a_stream_makes_its_blocks_as_they_are_reached() -> None:
    reached: list[int] = []

    def blocks() -> Iterator[Block]:
        for at in range(3):
            reached.append(at)
            yield customers(4 if at else 0, at)

    stream = RowStream(blocks(), SCHEMA)
    assert stream.schema == SCHEMA
    assert reached == []
    assert next(stream)["name"] == "Bobson"
    assert reached == [0, 1]
    assert len(list(stream)) == 7


def test_a_source_takes_the_blocks_of_a_stream_as_they_are() -> None:
    blocks = [customers(4), customers(4, 4)]
    source = RowSource(RowStream(iter(blocks), SCHEMA))
    assert source.schema == SCHEMA
    assert all(map(operator.is_, source, blocks))


def test_a_stream_that_was_begun_gives_what_is_left() -> None:
    blocks = [customers(4), customers(4, 4)]
    stream = RowStream(iter(blocks), SCHEMA)
    next(stream)
    source = RowSource(stream)
    assert source.schema == SCHEMA
    assert read(source) == [row for block in blocks for row in to_rows(block)][1:]


def test_an_empty_stream_still_has_its_schema() -> None:
    source = RowSource(RowStream(iter([]), SCHEMA))
    assert source.schema == SCHEMA
    assert list(source) == []


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, None], ColumnType.BOOLEAN),
        ([1, 2], ColumnType.INTEGER),
        ([1, 2.5], ColumnType.FLOAT),
        ([Decimal(1), 2], ColumnType.DECIMAL),
        ([Decimal(1), 2.5], ColumnType.DECIMAL),
        (["a", None], ColumnType.TEXT),
        ([str(uuid.UUID(int=1))], ColumnType.TEXT),
        ([uuid.UUID(int=1)], ColumnType.UUID),
        ([NOW], ColumnType.TIMESTAMP),
        ([NOW, date(2026, 1, 1)], ColumnType.TIMESTAMP),
        ([date(2026, 1, 1)], ColumnType.DATE),
        ([{"a": 1}, [1], "a"], ColumnType.JSON),
        ([None], ColumnType.TEXT),
        ([1, "a"], ColumnType.TEXT),
        ([True, 1], ColumnType.TEXT),
        ([True, 1, 2.5], ColumnType.TEXT),
    ],
)
def test_a_type_is_read_off_the_values(values: list[Any], kind: ColumnType) -> None:
    for order in (values, values[::-1]):
        assert RowSource([{"x": value} for value in order]).schema == (ColumnSpec("x", kind),)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("id", str(uuid.UUID(int=7)), ColumnType.UUID),
        ("id", uuid.UUID(int=7), ColumnType.UUID),
        ("id", "C-1000", ColumnType.TEXT),
        ("price", 3, ColumnType.DECIMAL),
        ("price", 2.5, ColumnType.DECIMAL),
        ("price", None, ColumnType.DECIMAL),
        ("price", "free", ColumnType.TEXT),
        ("name", 5, ColumnType.TEXT),
        ("name", {"first": "Ann"}, ColumnType.JSON),
        ("tags", 5, ColumnType.JSON),
    ],
)
def test_a_templates_type_stays_while_the_scripts_values_fit_it(name: str, value: object, kind: ColumnType) -> None:
    for places in (slice(0, 1), slice(None)):
        _, rows = made()
        for row in rows[places]:
            row[name] = value
        (spec,) = (spec for spec in RowSource(rows).schema if spec.name == name)
        assert spec.type is kind
        assert spec.sensitive is (name == "name")


def test_fields_that_a_script_adds_come_after_the_templates() -> None:
    _, rows = made()
    for row in rows:
        row["total"] = 1
        del row["price"]
    kinds = {spec.name: spec.type for spec in RowSource(rows).schema}
    assert list(kinds.items()) == [
        ("id", ColumnType.UUID),
        ("name", ColumnType.TEXT),
        ("tags", ColumnType.JSON),
        ("total", ColumnType.INTEGER),
    ]


def test_blocks_without_a_template_tell_their_own_types() -> None:
    columns: tuple[Column, ...] = (
        IntegerColumn(np.array([1])),
        PickedColumn(Choices([1.5, None]), np.array([0])),
        ObjectColumn([[]]),
    )
    rows = Rows([Block(("a", "b", "c"), columns, 1)], ())
    kinds = [spec.type for spec in RowSource(rows).schema]
    assert kinds == [ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.JSON]
