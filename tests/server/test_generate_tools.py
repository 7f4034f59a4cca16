"""Rows that are shown and stored in no system."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import BlobResourceContents

from dm_mcp.generation.render.formats import FORMATS
from dm_mcp.runs.engine import Engine
from dm_mcp.server.mcp_server import WorkspaceServer
from tests.server.in_memory import data_of, each_mode, read, text_of

Write = Callable[[str, str], None]


async def test_generate_shows_rows_of_a_template(reader: Client) -> None:
    result = await reader.call_tool("generate", {"template": "tmpl_customer", "count": 3, "seed": 7})
    data = data_of(result)
    assert len(data["rows"]) == 3
    assert json.loads(text_of(result)) == data["rows"]
    assert [column["name"] for column in data["columns"]] == list(data["rows"][0])
    again = data_of(await reader.call_tool("generate", {"template": "Customer", "count": 2, "seed": 7}))
    assert again["rows"] == data["rows"][:2]


async def test_generate_takes_fields_in_place_of_a_template(reader: Client) -> None:
    fields = [{"name": "mail", "type": "email"}, {"name": "n", "type": "number", "options": {"min": 1, "max": 3}}]
    result = await reader.call_tool("generate", {"fields": fields, "count": 4, "format": "jsonl"})
    rows = [json.loads(line) for line in text_of(result).splitlines()]
    assert len(rows) == 4
    assert all("@" in row["mail"] and 1 <= row["n"] <= 3 for row in rows)
    assert data_of(result)["rows"] is None


async def test_generate_takes_overrides(reader: Client) -> None:
    overrides = {"status": {"pick_from": ["a", "b"], "weights": [0, 1]}, "amount": 5}
    result = await reader.call_tool("generate", {"template": "tmpl_order", "count": 3, "overrides": overrides})
    assert {(row["status"], row["amount"]) for row in data_of(result)["rows"]} == {("b", 5)}


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ({"template": "tmpl_custmer"}, "template_not_found", "tmpl_customer"),
        ({"fields": [{"name": "x", "type": "frist_name"}]}, "template_invalid", "first_name"),
        ({"fields": [{"name": "x", "type": "number", "options": {"min": 5, "max": 1}}]}, "template_invalid", "5"),
        ({}, "invalid_request", "template"),
        ({"template": "a", "fields": []}, "invalid_request", "one of"),
        ({"schema": {"type": "object"}}, "template_invalid", "#: an object with properties"),
        ({"schema": {"properties": {"x": {"minimum": "1"}}}}, "template_invalid", "#/properties/x/minimum"),
        ({"template": "tmpl_order", "overrides": {"staus": 1}}, "override_invalid", "status"),
        ({"template": "tmpl_order", "overrides": {"status": {"pick_from": []}}}, "override_invalid", "pick"),
        (
            {"template": "tmpl_order", "overrides": {"status": {"pick_from": [1], "n": 1}}},
            "override_invalid",
            "'status'",
        ),
    ],
)
async def test_a_wrong_request_for_rows_says_what_to_mend(
    reader: Client, arguments: dict[str, Any], code: str, text: str
) -> None:
    result = await reader.call_tool("generate", arguments)
    assert result.is_error
    assert code in text_of(result)
    assert text in text_of(result)


@each_mode
@pytest.mark.parametrize("format_", ["json", "jsonl"])
async def test_many_rows_are_shown_in_part_and_a_resource_has_them_all(
    client: Client, engine: Engine, format_: str
) -> None:
    arguments = {"template": "tmpl_customer", "count": 1000, "seed": 1, "format": format_}
    result = await client.call_tool("generate", arguments)
    data = data_of(result)
    assert data["resource"] in text_of(result)
    whole = await read(client, data["resource"])
    rows = json.loads(whole) if format_ == "json" else [json.loads(line) for line in whole.splitlines()]
    shown = data["rows"] if format_ == "json" else [json.loads(line) for line in data["text"].splitlines()]
    assert len(rows) == 1000
    assert 10 < len(shown) < 1000
    assert rows[: len(shown)] == shown
    assert f"{len(shown)} of 1000" in data["note"]
    assert data["resource"] in [resource.uri for resource in (await client.list_resources()).resources]
    async with Client(WorkspaceServer(engine)) as other:  # they are the workspace's
        assert await read(other, data["resource"]) == whole


@pytest.mark.parametrize("format_", ["json", "jsonl"])
@pytest.mark.parametrize("count", [150, 190, 238])
async def test_rows_of_short_fields_are_counted_as_the_answer_holds_them(
    reader: Client, format_: str, count: int
) -> None:
    fields = [{"name": name, "type": "enum", "options": {"values": [1]}} for name in "abcdefghij"]
    result = await reader.call_tool("generate", {"fields": fields, "count": count, "format": format_})
    text_of(result)  # holds the limit
    assert (data_of(result)["resource"] is None) == (count == 150)


async def test_rows_too_wide_to_be_shown_are_in_the_resource(reader: Client) -> None:
    fields = [{"name": f"f{n}" * 50, "type": "uuid"} for n in range(200)]
    result = await reader.call_tool("generate", {"fields": fields, "count": 2})
    data = data_of(result)
    assert data["rows"] == []
    assert len(json.loads(await read(reader, data["resource"]))[0]) == 200
    assert "0 of 2 rows" in text_of(result)


async def test_rows_beyond_the_limit_of_bytes_are_refused(client: Client) -> None:
    fields = [{"name": f"f{n}", "type": "uuid"} for n in range(100)]
    result = await client.call_tool("generate", {"fields": fields, "count": 10_000})
    assert result.is_error
    assert "invalid_request: The rows take more than" in text_of(result)
    assert not [r for r in (await client.list_resources()).resources if r.uri.startswith("generated:")]


async def test_a_broken_template_is_told_with_its_place(client: Client, root: Path) -> None:
    (root / "templates" / "bad.json").write_text(
        '{"id": "bad", "name": "Bad",\n "fields": [{"name": "x", "typ": "uuid"}]}'
    )
    result = await client.call_tool("generate", {"template": "bad"})
    assert result.is_error
    assert "templates/bad.json" in text_of(result)


async def test_generate_takes_a_schema_in_place_of_a_template(reader: Client) -> None:
    schema = {"type": "object", "properties": {"email": {"type": "string"}, "n": {"type": "integer", "maximum": 3}}}
    data = data_of(await reader.call_tool("generate", {"schema": schema, "count": 5}))
    assert all("@" in row["email"] and row["n"] <= 3 for row in data["rows"])


async def test_csv_and_sql_are_shown_as_text(reader: Client) -> None:
    asked = {"template": "tmpl_order", "count": 2, "seed": 1}
    csv = await reader.call_tool("generate", {**asked, "format": "csv"})
    head, *lines = data_of(csv)["text"].splitlines()
    assert head.split(",") == [column["name"] for column in data_of(csv)["columns"]]
    assert len(lines) == 2
    assert text_of(csv) == data_of(csv)["text"]
    more = {"format": "sql", "table": "shop.orders", "dialect": "mysql"}
    sql = data_of(await reader.call_tool("generate", {**asked, **more}))
    assert sql["text"].startswith("INSERT INTO `shop`.`orders` (`id`,")


@pytest.mark.parametrize("format_", ["csv", "sql"])
async def test_of_a_long_text_the_first_lines_are_shown_and_a_resource_has_all(reader: Client, format_: str) -> None:
    arguments = {"template": "tmpl_customer", "count": 1000, "format": format_}
    data = data_of(await reader.call_tool("generate", arguments))
    whole = await read(reader, data["resource"])
    assert whole.startswith(data["text"])
    assert data["text"].endswith("\n")
    assert len(data["text"]) > 1000
    assert "All 1000 rows" in data["note"]


@pytest.mark.parametrize(("format_", "begins"), [("xlsx", b"PK"), ("parquet", b"PAR1")])
async def test_a_file_is_a_resource(reader: Client, format_: str, begins: bytes) -> None:
    result = await reader.call_tool("generate", {"template": "tmpl_order", "count": 3, "format": format_})
    address = data_of(result)["resource"]
    assert address in text_of(result)
    [content] = (await reader.read_resource(address)).contents
    assert isinstance(content, BlobResourceContents)
    assert content.mime_type == FORMATS[format_].media_type
    assert base64.b64decode(content.blob).startswith(begins)


async def test_field_types_are_listed_in_a_line_each(reader: Client) -> None:
    result = await reader.call_tool("list_field_types", {})
    types = data_of(result)["types"]
    assert types["uuid"].startswith("A random uuid")
    *lines, keys = text_of(result).splitlines()
    assert len(lines) == len(types) > 15
    assert all(f'"{key}"' in keys for key in ("optional", "unique", "noise", "locale", "sensitive"))
    found = data_of(await reader.call_tool("list_field_types", {"query": "IBAN check"}))["types"]
    assert list(found) == ["iban"]


async def test_a_field_type_is_told_so_that_it_can_be_used(reader: Client) -> None:
    result = await reader.call_tool("list_field_types", {"type": "First Name"})
    told = data_of(result)
    assert list(told["types"]) == ["first_name"]
    assert told["options"]["properties"]["sex"]
    assert all(isinstance(name, str) for name in told["sample"])
    rows = data_of(await reader.call_tool("generate", {"fields": [told["field"]], "count": 2}))["rows"]
    assert all(row["first_name"] for row in rows)
    assert '"sex": "female"' in text_of(result)


async def test_every_field_type_can_be_told(reader: Client) -> None:
    for name in data_of(await reader.call_tool("list_field_types", {}))["types"]:
        text_of(await reader.call_tool("list_field_types", {"type": name}))  # holds the limit


async def test_an_unknown_field_type_is_told_with_its_like(reader: Client) -> None:
    result = await reader.call_tool("list_field_types", {"type": "frist_name"})
    assert result.is_error
    assert "Did you mean 'first_name'" in text_of(result)


async def test_line_separators_of_unicode_are_no_ends_of_rows(reader: Client) -> None:
    fields = [{"name": "x", "type": "enum", "options": {"values": ["a\u2028b\u0085c"]}}]
    result = await reader.call_tool("generate", {"fields": fields, "count": 2})
    assert data_of(result)["rows"] == [{"x": "a\u2028b\u0085c"}] * 2


async def test_words_of_another_locale_are_told(reader: Client) -> None:
    fields = [{"name": "n", "type": "first_name", "locale": "de_XX"}]
    result = await reader.call_tool("generate", {"fields": fields, "count": 1})
    assert data_of(result)["note"] == "There is no locale 'de_XX'; de_DE stands in for it."
    assert "There is no locale 'de_XX'" in text_of(result)


async def test_words_that_no_type_has_are_told(reader: Client) -> None:
    result = await reader.call_tool("list_field_types", {"query": "flux capacitor"})
    assert data_of(result)["types"] == {}
    assert "No type has these words" in text_of(result)
    assert "zip_code" in text_of(result)


@pytest.mark.parametrize("place", ["inline", "nested", "template", "behind a reference"])
async def test_no_code_runs_for_a_tool_that_only_reads(client: Client, root: Path, place: str) -> None:
    code = {"name": "v", "type": "Python", "options": {"code": "def value(rng, row, dm): return 1"}}
    (root / "templates" / "coded.json").write_text(json.dumps({"name": "Coded", "fields": [code]}))
    reference = {"name": "r", "type": "reference", "options": {"template_id": "coded", "field": "v"}}
    asked: dict[str, dict[str, Any]] = {
        "inline": {"fields": [code]},
        "nested": {"fields": [{"name": "a", "type": "nested", "options": {"fields": [code]}}]},
        "template": {"template": "coded"},
        "behind a reference": {"fields": [reference]},
    }
    result = await client.call_tool("generate", asked[place])
    assert result.is_error
    assert "Python code does not run here" in text_of(result)


async def test_fields_of_more_than_a_reader_could_mean_are_refused(reader: Client) -> None:
    fields = [{"name": "v", "type": "enum", "options": {"values": ["x" * 300_000]}}]
    result = await reader.call_tool("generate", {"fields": fields})
    assert result.is_error
    assert "too long" in text_of(result)


async def test_a_schema_that_takes_for_ever_keeps_nobody_else_waiting(reader: Client) -> None:
    schema = {"properties": {"a": {"enum": ["a" * 40 + "!"], "pattern": "(a+)+$"}}}
    endless = asyncio.create_task(reader.call_tool("generate", {"schema": schema}))
    rows = data_of(await reader.call_tool("generate", {"template": "tmpl_order", "count": 2}))["rows"]
    assert len(rows) == 2
    assert not endless.done()
    endless.cancel()
    with pytest.raises(asyncio.CancelledError):
        await endless
