"""An Excel workbook of one sheet, row by row, so that it takes the memory of a block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from dm_mcp.errors import GenerationError
from dm_mcp.generation.columns import (
    Block,
    Column,
    DateColumn,
    DecimalColumn,
    IntegerColumn,
    Ints,
    NestedColumn,
    ObjectColumn,
    TimestampColumn,
)
from dm_mcp.generation.render.cells import in_field
from dm_mcp.generation.render.extras import extra_module
from dm_mcp.generation.render.formats import Rendering
from dm_mcp.generation.render.json_text import nested_texts, plain, value_json
from dm_mcp.generation.render.objects import typed_column
from dm_mcp.generation.render.parts import filled
from dm_mcp.generation.render.text import calendar_days, calendar_microseconds, scalar_text
from dm_mcp.generation.render.unfit import Unfit
from dm_mcp.generation.render.values import null_rows, to_python

__all__ = ["write_xlsx"]

_EXACT = 10**15
"""A cell's number has 15 digits: https://support.microsoft.com/en-us/office/excel-specifications-and-limits."""
_SMALLEST, _GREATEST = 2.2251e-308, 9.99999999999999e307
"""Of the same page: what a cell takes as a number, zero aside."""
_MOST_TEXT, _MOST_COLUMNS = 32_767, 16_384
_DAY = 86_400_000_000  # microseconds
_DAY_0 = 25_569  # 1970-01-01 in the days of Excel, which count from 1899-12-30
_FIRST_DAY = 61  # 1900-03-01: before it Excel has a 29 February 1900, which never was
_DATE, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


class _Cells(NamedTuple):
    """A column's cells: None, a truth value, a number or text; numbers are shown in a form."""

    values: list[Any]
    form: str = ""


def write_xlsx(blocks: Iterable[Block], about: Rendering, file: BinaryIO) -> None:
    """A sheet with a header. Text is always text: no cell becomes a formula or a link.

    Exact numbers of more than 15 digits, days before 1900-03-01 and moments of less than a millisecond are text, for a
    cell would change them; moments are in UTC, of which a cell says nothing. Raises GenerationError that names the
    field for more than Excel holds, and for NaN and infinity.
    """
    if len(about.columns) > _MOST_COLUMNS:
        raise GenerationError(f"a sheet of Excel has {_MOST_COLUMNS} columns at the most, not {len(about.columns)}.")
    xlsxwriter = extra_module("xlsxwriter", "xlsx")
    # Closed after an error too, for it has files of its own; what it then writes is no file that anybody keeps.
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        book.use_zip64()
        _write_sheet(book, blocks, [column.name for column in about.columns])


def _write_sheet(book: Any, blocks: Iterable[Block], names: list[str]) -> None:
    sheet = book.add_worksheet()
    forms = {"": None}
    _write_row(sheet, 0, names, [None] * len(names), names)
    row = 1
    for block in blocks:
        columns = [_cells(name, column, block.rows) for name, column in block]
        for form in {column.form for column in columns} - forms.keys():
            forms[form] = book.add_format({"num_format": form})
        shown = [forms[column.form] for column in columns]
        for values in zip(*(column.values for column in columns), strict=True):
            _write_row(sheet, row, values, shown, names)
            row += 1


def _write_row(sheet: Any, row: int, values: Sequence[Any], forms: Sequence[Any], names: Sequence[str]) -> None:
    for at, value in enumerate(values):
        if type(value) is str:
            if sheet.write_string(row, at, value):
                reason = f"a cell of Excel holds {_MOST_TEXT:,} characters at the most."
                raise GenerationError(reason, hint="Use csv or parquet.", field=names[at])
        elif type(value) is bool:
            sheet.write_boolean(row, at, value)
        elif value is not None:
            sheet.write_number(row, at, value, forms[at])


def _cells(name: str, column: Column, rows: int) -> _Cells:
    with in_field(name):
        null = null_rows(column)
        if null is not None and null.all():
            return _Cells([None] * rows)
        found = _typed(column, rows)
    if null is None:
        return found
    return _Cells(
        [None if none else value for value, none in zip(found.values, null.tolist(), strict=True)], found.form
    )


def _typed(column: Column, rows: int) -> _Cells:
    match column:
        case IntegerColumn():
            return _Cells(_exact(filled(column.values, column.null), 0, column, rows))
        case DecimalColumn():
            unscaled = filled(column.unscaled, column.null)
            return _Cells(
                _exact(unscaled, column.scale, column, rows), f"0.{'0' * column.scale}" if column.scale else ""
            )
        case DateColumn():
            return _dates(column, rows)
        case TimestampColumn():
            return _moments(column, rows)
        case NestedColumn():
            return _typed(nested_texts(column, rows), rows)
        case ObjectColumn():
            values = to_python(column, rows)
            typed = typed_column(values, null_rows(column))
            return _typed(typed, rows) if typed else _Cells(list(map(_cell, values)))
        case _:
            return _Cells(list(map(_cell, to_python(column, rows))))


def _exact(unscaled: Ints, scale: int, column: Column, rows: int) -> list[Any]:
    if (np.abs(unscaled) < _EXACT).all() and unscaled.min(initial=0) > -_EXACT:
        return (unscaled / 10.0**scale if scale else unscaled).tolist()
    return list(map(_cell, to_python(column, rows)))


def _dates(column: DateColumn, rows: int) -> _Cells:
    days = calendar_days(column) + _DAY_0
    if (days >= _FIRST_DAY).all():
        return _Cells(days.tolist(), _DATE)
    texts = to_python(column, rows)
    return _Cells(
        [day if day >= _FIRST_DAY else _cell(text) for day, text in zip(days.tolist(), texts, strict=True)], _DATE
    )


def _moments(column: TimestampColumn, rows: int) -> _Cells:
    microseconds = calendar_microseconds(column)
    days = microseconds / _DAY + _DAY_0
    good = (days >= _FIRST_DAY) & (microseconds % 1000 == 0)
    form = _MOMENT if not (microseconds % 1_000_000).any() else f"{_MOMENT}.000"
    if good.all():
        return _Cells(days.tolist(), form)
    texts = to_python(column, rows)
    cells = zip(days.tolist(), good.tolist(), texts, strict=True)
    return _Cells([day if is_good else _cell(text) for day, is_good, text in cells], form)


def _cell(value: object) -> Any:
    """A Python value as None, a truth value, a number or text."""
    value = plain(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -_EXACT < value < _EXACT else int.__repr__(value)
    if isinstance(value, float | Decimal):
        if not Decimal(value).is_finite():
            raise Unfit("a cell of Excel holds no infinity and no NaN", "Use None instead.")
        if isinstance(value, float):
            return float(value) if not value or _is_number(value) else float.__repr__(value)
        return float(value) if _few_digits(value) else str(value)
    text = scalar_text(value)
    return value_json(value).decode() if text is None else text


def _is_number(value: float) -> bool:
    return _SMALLEST <= abs(value) <= _GREATEST


def _few_digits(value: Decimal) -> bool:
    number = float(value)
    return (not value or _is_number(number)) and Decimal(repr(number)) == value and len(value.as_tuple().digits) < 16
