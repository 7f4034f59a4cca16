"""Excel workbooks, as openpyxl reads them."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from openpyxl.utils.escape import unescape

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    Column,
    DateColumn,
    DecimalColumn,
    FloatColumn,
    IntegerColumn,
    ObjectColumn,
    TextColumn,
    TimestampColumn,
)
from dm_mcp.generation.render.text import scalar_text
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.render.xlsx import write_xlsx

from .columns import EPOCH, about, block, ints, is_nested, says_json, tables

DAY = datetime(2026, 1, 31, tzinfo=UTC).replace(tzinfo=None)


def cells(example: Block) -> list[list[Any]]:
    """The cells of each row."""
    file = io.BytesIO()
    write_xlsx([example], about(example), file)
    sheet: Any = openpyxl.load_workbook(file).active
    return [list(row) for row in sheet.iter_rows()]


def values(column: Column, rows: int) -> list[Any]:
    return [row[0].value for row in cells(block(rows, x=column))[1:]]


def says(cell: Any, value: Any) -> bool:
    if isinstance(cell, str):
        text = unescape(cell)
        if is_nested(value):
            return says_json(text, value)
        if isinstance(value, Decimal):
            return Decimal(text) == value
        return text == scalar_text(value)
    if isinstance(cell, datetime):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
        return abs(cell.replace(tzinfo=UTC) - moment) < timedelta(milliseconds=1)
    if isinstance(value, str):
        return cell is None and not value
    if value is None or isinstance(value, bool):
        return cell is value
    return cell == pytest.approx(float(value), rel=1e-14)


@settings(max_examples=60)
@given(tables())
def test_a_reader_finds_what_the_dictionaries_say(example: Block) -> None:
    head, *rows = cells(example)
    assert tuple(cell.value for cell in head) == example.names
    rows += [[None] * len(head)] * (example.rows - len(rows))  # rows of nulls at the end are no rows of the sheet
    for row, expected in zip(rows, to_rows(example), strict=True):
        for cell, value in zip(row, expected.values(), strict=True):
            assert says(cell and cell.value, value)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "http://example.com", "#N/A", "0042", "{=1}"])
def test_text_is_never_anything_else(text: str) -> None:
    for column in (TextColumn((text,)), ObjectColumn([text])):
        _, [cell] = cells(block(1, x=column))
        assert cell.value == text
        assert cell.data_type in ("s", "inlineStr")
        assert cell.hyperlink is None


def test_what_a_cell_would_change_is_text() -> None:
    assert values(IntegerColumn(ints([5, 10**15])), 2) == [5, "1000000000000000"]
    assert values(DecimalColumn(ints([1990, 123_456_789_012_345_678]), 2), 2) == [19.9, "1234567890123456.78"]
    assert values(DateColumn(ints([20_484, -25_509])), 2) == [DAY, "1900-02-28"]
    assert values(TimestampColumn(ints([0, 1])), 2) == [EPOCH.replace(tzinfo=None), "1970-01-01T00:00:00.000001Z"]
    assert values(ObjectColumn([date(2026, 1, 31)]), 1) == [DAY]


def test_numbers_are_shown_with_their_places_and_times_as_times() -> None:
    example = block(1, a=DecimalColumn(ints([1990]), 2), b=TimestampColumn(ints([0])), c=DateColumn(ints([0])))
    _, row = cells(example)
    assert [cell.number_format for cell in row] == ["0.00", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (TextColumn(("x" * 32_768,)), "32,767 characters"),
        (ObjectColumn([["x" * 32_768]]), "32,767 characters"),
        (FloatColumn(np.array([np.nan])), "NaN"),
        (ObjectColumn([Decimal("Infinity")]), "NaN"),
        (ObjectColumn([b"x"]), "bytes"),
    ],
)
def test_what_a_cell_can_not_hold_is_an_error_with_the_field(column: Column, reason: str) -> None:
    with pytest.raises(GenerationError, match=reason) as caught:
        cells(block(1, broken=column))
    assert caught.value.where == {"field": "broken"}


def test_more_columns_than_a_sheet_has_are_refused() -> None:
    column = IntegerColumn(ints([]))
    with pytest.raises(GenerationError, match="16384 columns"):
        cells(block(0, **{f"c{at}": column for at in range(16_385)}))
