"""What holds for every template there can be: it is refused by name, or makes the same rows in every way and format."""

import csv
import io
import json
import sqlite3
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dm_mcp.errors import DmError, GenerationError, TemplateError
from dm_mcp.generation.columns import Block
from dm_mcp.generation.compiled import CompiledTemplate, compile_template
from dm_mcp.generation.render.copy import CopyEncoder, CopyTarget
from dm_mcp.generation.render.formats import FORMATS, Rendering
from dm_mcp.generation.render.text import scalar_text
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.template import parse_template, resolve
from tests.generation.any_template import ODD, TYPES, any_template, broken_template, options_of, surroundings
from tests.generation.render import binary_copy, test_csv, test_parquet, test_sql, test_xlsx
from tests.generation.render.columns import as_json, is_nested
from tests.generation.templates import BLOCK, field, rows, template


def steady(examples: int) -> settings:
    """So many examples, the same ones always."""
    return settings(derandomize=True, deadline=None, database=None, max_examples=examples)


def made(data: Any) -> CompiledTemplate | None:
    """The template compiled, or None where it is refused: by name, and by nothing but errors of ours."""
    try:
        return compile_template(parse_template(data), surroundings())
    except TemplateError as error:
        check_told(error, data)
        return None


def check_told(error: DmError, data: Any) -> None:
    assert error.message.strip()
    assert len(error.message) < 1000
    named = error.where.get("field", "")
    whole = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    fields: list[Any] = whole["fields"] if isinstance(whole.get("fields"), list) else []
    names = [str(cast("dict[str, Any]", each).get("name")) for each in fields if isinstance(each, dict)]
    assert not named or named.startswith(("number ", *names))
    json.dumps(error.to_dict(), ensure_ascii=False).encode()


def twelve(ready: CompiledTemplate) -> list[Any]:
    """Twelve rows; none where the template has not as many."""
    try:
        return rows(ready, 12)
    except GenerationError as error:
        assert error.where.get("field") in ready.names
        return []


@pytest.mark.parametrize("type_name", list(TYPES))
def test_every_field_type_has_a_strategy(type_name: str) -> None:
    options_of(type_name, ["id"])


@steady(40)
@given(any_template())
def test_any_template_makes_the_same_rows_again_and_few_are_the_first_of_many(data: Any) -> None:
    ready = made(data)
    assume(ready is not None)
    assert ready is not None
    all_rows = twelve(ready)
    again = made(data)
    assert again is not None
    assert repr(twelve(again)) == repr(all_rows)
    if all_rows:
        assert repr(rows(again, 5)) == repr(all_rows[:5])


@steady(10)
@given(any_template())
def test_a_prefix_is_one_across_the_border_of_a_block(data: Any) -> None:
    ready = made(data)
    assume(ready is not None)
    assert ready is not None
    try:
        many = rows(ready, BLOCK + 3)
    except GenerationError:
        assume(condition=False)
        return
    assert repr(rows(ready, BLOCK + 1)) == repr(many[: BLOCK + 1])


def made_of(data: Any) -> dict[str, frozenset[str]]:
    """By field, all that it is made of, at first or second hand."""
    direct = {each.field.name: each.references for each in resolve(parse_template(data))}

    @cache
    def whole(name: str) -> frozenset[str]:
        return frozenset(direct[name]).union(*map(whole, direct[name]))

    return {name: whole(name) for name in direct}


@steady(25)
@given(any_template(), st.randoms(use_true_random=False))
def test_other_fields_removed_or_moved_change_no_field_that_is_not_made_of_them(data: Any, random: Any) -> None:
    ready = made(data)
    assume(ready is not None and len(data["fields"]) > 1)
    assert ready is not None
    fewer = {**data, "fields": random.sample(data["fields"], random.randint(1, len(data["fields"])))}
    try:
        other = compile_template(parse_template(fewer), surroundings())
    except TemplateError:  # it has lost what another field is made of
        return
    before, after = made_of(data), made_of(fewer)
    same = [name for name in other.names if before[name] == after[name]]
    for one, two in zip(twelve(ready), twelve(other), strict=False):
        assert repr([one[name] for name in same]) == repr([two[name] for name in same])


COPIED = {
    ColumnType.UUID: "uuid",
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "int8",
    ColumnType.FLOAT: "float8",
    ColumnType.DECIMAL: "numeric",
    ColumnType.BOOLEAN: "bool",
    ColumnType.TIMESTAMP: "timestamptz",
    ColumnType.DATE: "date",
    ColumnType.JSON: "jsonb",
}


def copied(value: Any, kind: str) -> Any:
    """What PostgreSQL reads for a value in a column of that type."""
    match kind:
        case _ if value is None:
            return None
        case "jsonb":
            return json.loads(json.dumps(as_json(value), default=float))
        case "uuid":
            return UUID(str(value))
        case "timestamptz":
            return value.replace(tzinfo=None)
        case "text":
            return json.dumps(value) if is_nested(value) else scalar_text(value)
        case "float8":
            return float(value)
        case _:
            return Decimal(repr(value)) if kind == "numeric" and isinstance(value, float) else value


def text_of(name: str, blocks: list[Block], about: Rendering) -> str:
    return b"".join(map(bytes, FORMATS[name].pieces(blocks, about))).decode()


@steady(30)
@given(any_template())
def test_every_format_reads_back_as_the_dictionaries(data: Any) -> None:
    ready = made(data)
    assume(ready is not None)
    assert ready is not None
    expected = twelve(ready)
    assume(bool(expected))
    [block] = ready.blocks(12, 7)
    about = Rendering(ready.schema, dialect="sqlite")

    plain = [as_json(row) for row in expected]
    assert json.loads(text_of("json", [block], about), parse_float=Decimal, parse_int=Decimal) == plain
    lines = text_of("jsonl", [block], about).split("\n")[:-1]
    assert [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines] == plain

    head, *found = csv.reader(io.StringIO(text_of("csv", [block], about), newline=""), strict=True)
    assert tuple(head) == ready.names
    for line, row in zip(found, expected, strict=True):
        assert all(map(test_csv.says, line or [""], row.values()))

    database = sqlite3.connect(":memory:")
    columns = ", ".join('"' + name.replace('"', '""') + '"' for name in ready.names)
    database.execute(f"create table data ({columns})")
    database.executescript(text_of("sql", [block], about))
    stored = database.execute("select * from data").fetchall()
    database.close()
    for line, row in zip(stored, expected, strict=True):
        for cell, value in zip(line, row.values(), strict=True):
            assert test_sql.says_json(cell, value) if is_nested(value) else cell == test_sql.in_sqlite(value)

    for got, row in zip(test_parquet.table(block, rendering=about).to_pylist(), expected, strict=True):
        assert all(map(test_parquet.says, got.values(), row.values()))

    _, *sheet = test_xlsx.cells(block)
    sheet += [[None] * len(head)] * (len(expected) - len(sheet))
    for cells, row in zip(sheet, expected, strict=True):
        assert all(test_xlsx.says(cell and cell.value, value) for cell, value in zip(cells, row.values(), strict=True))

    kinds = [COPIED[spec.type] for spec in ready.schema]
    targets = [CopyTarget(name, kind) for name, kind in zip(ready.names, kinds, strict=True)]
    data_rows = binary_copy.read(CopyEncoder(targets, "data").encode(block, 1), kinds)
    assert data_rows == [
        [copied(value, kind) for value, kind in zip(row.values(), kinds, strict=True)] for row in expected
    ]


REQUIRED: dict[str, dict[str, Any]] = {
    "api_response": {"connection": "c", "path": "/"},
    "db_response": {"connection": "c", "query": "q"},
    "derived": {"expression": "1"},
    "enum": {"values": [1]},
    "faker": {"provider": "name"},
    "mapped": {"field": "other", "map": {"a": 1}},
    "nested": {"fields": [field("x", "number")]},
    "python": {"code": "def value(rng, row, dm): return 1"},
    "reference": {"template_id": "tmpl_parent", "field": "id"},
    "regex": {"pattern": "a"},
    "template": {"template_id": "tmpl_parent"},
}


@pytest.mark.parametrize("type_name", list(TYPES))
def test_an_odd_option_is_refused_with_the_field_and_the_option_or_taken(type_name: str) -> None:
    for option in TYPES[type_name].options.get("properties", {}):
        for odd in ODD:
            only = field("only", type_name, **{**REQUIRED.get(type_name, {}), option: odd})
            try:
                compile_template(template(field("other", "uuid"), only), surroundings())
            except TemplateError as error:
                assert str(error.where.get("field")).startswith("only")
                assert option in error.message or repr(odd)[:40] in error.message


@steady(60)
@given(broken_template())
@example(None)
@example([])
@example({"id": "t", "name": "T", "fields": [{"name": "a", "type": "enum", "options": {"values": [{1: 2}]}}]})
def test_any_odd_template_is_refused_by_name_or_makes_rows(data: Any) -> None:
    ready = made(data)
    if ready is not None:
        twelve(ready)
