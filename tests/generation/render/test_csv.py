"""CSV."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    Choices,
    Column,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    NestedColumn,
    ObjectColumn,
    Picked,
    PickedColumn,
    Pool,
    TextColumn,
)
from dm_mcp.generation.render.csv import csv_lines, csv_rows
from dm_mcp.generation.render.values import to_rows

from .columns import about, as_json, block, ints, tables


def read(text: bytes) -> list[list[str]]:
    """As Python's module reads it; an empty line is a row of one empty field."""
    return [row or [""] for row in csv.reader(io.StringIO(text.decode(), newline=""), strict=True)]


def says(cell: str, value: Any) -> bool:
    plain = as_json(value)
    if isinstance(plain, bool | Decimal | list | dict):
        return json.loads(cell, parse_float=Decimal, parse_int=Decimal) == plain
    return cell == ("" if plain is None else plain)


@given(tables())
def test_a_reader_finds_what_the_dictionaries_say(example: Block) -> None:
    names, *lines = read(b"".join(csv_rows([example], about(example))))
    assert tuple(names) == example.names
    for line, row in zip(lines, to_rows(example), strict=True):
        assert all(map(says, line, row.values()))


def test_quotes_are_there_where_a_word_needs_them_and_nowhere_else() -> None:
    words = Pool(["plain", "a,b", 'say "hi"', "two\nlines", "", " spaces ", "semi;colon"])
    lines = bytes(csv_lines(block(7, x=TextColumn((Picked(words, ints(list(range(7)))),)))))
    assert lines.decode().split("\r\n") == [
        *("plain", '"a,b"', '"say ""hi"""', '"two\nlines"', '""', " spaces ", "semi;colon"),
        "",
    ]


def test_a_text_of_several_parts_has_quotes_round_all_of_it() -> None:
    words = Pool(["a", 'b"'])
    lines = bytes(csv_lines(block(2, x=TextColumn((Picked(words, ints([0, 1])), "-", Picked(words, ints([1, 0])))))))
    assert lines == b'"a-b"""\r\n"b""-a"\r\n'
    plain = TextColumn((Picked(Pool(["a", "b"]), ints([0, 1])), "-"))
    assert bytes(csv_lines(block(2, x=plain))) == b"a-\r\nb-\r\n"


def test_a_null_is_an_empty_field_and_an_empty_text_has_quotes() -> None:
    null = np.array([True, False])
    example = block(
        2,
        constant=TextColumn(("",), null=null),
        parts=TextColumn(("", Picked(Pool([""]), ints([0, 0]))), null=null),
        value=ObjectColumn([None, ""]),
        picked=PickedColumn(Choices([None, ""]), ints([0, 1])),
        number=IntegerColumn(ints([1, 2]), null=null),
    )
    assert bytes(csv_lines(example)) == b',,,,\r\n"","","","",2\r\n'


def test_the_header_is_there_without_rows() -> None:
    example = block(0, **{"a,b": IntegerColumn(ints([])), "c": IntegerColumn(ints([]))})
    assert b"".join(csv_rows([], about(example))) == b'"a,b",c\r\n'


@pytest.mark.parametrize(
    "column",
    [
        FloatColumn(np.array([0.5, np.nan])),
        ObjectColumn([1, float("inf")]),
        ObjectColumn(["a", Decimal("NaN")]),
        ObjectColumn(["a", "\ud800"]),
        ObjectColumn(["a", object()]),
        ObjectColumn(["a", b"b"]),
    ],
)
def test_what_csv_can_not_hold_is_an_error_with_the_field(column: Column) -> None:
    with pytest.raises(GenerationError) as caught:
        csv_lines(block(2, broken=column))
    assert caught.value.where == {"field": "broken"}


def test_money_inside_objects_keeps_its_cents() -> None:
    inside = Block(("price",), (DecimalColumn(ints([25700, 5]), 2),), 2)
    [cell] = read(bytes(csv_lines(block(1, lines=NestedColumn(inside, ints([2]))))))[0]
    assert cell == '[{"price":257.00},{"price":0.05}]'
