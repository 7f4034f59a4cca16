"""Blocks of a template: the same rows for the same seed, however they are asked for."""

import json
import os
import subprocess
import sys
from itertools import islice
from typing import Any

import pytest

from dm_mcp.errors import InvalidRequest, TemplateError
from dm_mcp.generation.columns import IntegerColumn
from dm_mcp.generation.compiled import CompiledTemplate, compile_template
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.request import Request
from dm_mcp.generation.schema import ColumnSpec, ColumnType
from dm_mcp.generation.surroundings import Surroundings
from dm_mcp.generation.template import Field, Template, parse_template
from dm_mcp.generation.vocabulary import LOCALES
from tests.generation.templates import BLOCK, SHIPPED, compiled, field, rows

EVERYTHING: list[dict[str, Any]] = [
    {"name": "id", "type": "uuid"},
    {"name": "first", "type": "first_name", "optional": 0.2},
    {"name": "last", "type": "last_name"},
    {"name": "whole", "type": "name"},
    {"name": "email", "type": "email"},
    {"name": "phone", "type": "phone"},
    {"name": "street", "type": "street"},
    {"name": "city", "type": "city"},
    {"name": "zip", "type": "zip_code"},
    {"name": "birth_country", "type": "country"},
    {"name": "iban", "type": "iban"},
    {"name": "number", "type": "number"},
    {"name": "float", "type": "float"},
    {"name": "amount", "type": "amount"},
    {"name": "boolean", "type": "boolean"},
    {"name": "enum", "type": "enum", "options": {"values": ["a", 1, None]}},
    {"name": "date", "type": "date"},
    {"name": "datetime", "type": "datetime"},
    {"name": "words", "type": "words"},
    {"name": "derived", "type": "derived", "options": {"template": "{{first}} {{number}} {{date}}"}},
    {"name": "plate", "type": "faker", "options": {"provider": "license_plate"}},
]


@pytest.fixture(scope="module")
def everything() -> CompiledTemplate:
    return compiled(*EVERYTHING)


class Shipped(Surroundings):
    """The templates of the shipped workspace."""

    def template(self, template_id: str) -> Template:
        text = (SHIPPED / f"{template_id}.json").read_text()
        return parse_template(json.loads(text), file=template_id, text=text)


def shipped(name: str) -> CompiledTemplate:
    return Shipped().compiled(name)


@pytest.mark.parametrize("name", ["tmpl_customer", "tmpl_order"])
def test_the_first_rows_of_the_shipped_templates_never_change(name: str) -> None:
    """Golden: a change here changes the rows of everybody's seeds, and belongs in the change log."""
    golden = json.loads((SHIPPED.parents[1] / "tests/generation/golden_rows.json").read_text())
    made = [{key: str(value) for key, value in row.items()} for row in rows(shipped(name), 3)]
    assert made == golden[name]


def test_few_rows_are_the_first_of_many(everything: CompiledTemplate) -> None:
    many = rows(everything, BLOCK + 50)
    assert rows(everything, 50) == many[:50]
    assert rows(everything, BLOCK + 1) == many[: BLOCK + 1]


def test_a_block_does_not_hang_on_the_blocks_before_it(everything: CompiledTemplate) -> None:
    alone = everything.objects(1, BLOCK, 20, Request(3, everything.template.id), {})
    assert to_rows(alone) == rows(everything, BLOCK + 20, 3)[BLOCK:]


def test_a_row_that_can_not_be_made_keeps_no_other_from_being_made() -> None:
    fields = [field("a", "number", min=0, max=1), field("b", "derived", expression="10 / a")]
    for id_ in "abcdefgh":
        made = compile_template(Template(id=id_, name="T", fields=[Field.model_validate(each) for each in fields]))
        assert [row["b"] for row in rows(made, 3, overrides={"a": 5})] == [2.0] * 3


def test_another_seed_gives_other_rows_in_every_drawn_field(everything: CompiledTemplate) -> None:
    one, other = rows(everything, 20, 1), rows(everything, 20, 2)
    assert all([row[name] for row in one] != [row[name] for row in other] for name in everything.names)


@pytest.mark.parametrize("missing", ["id", "street", "plate"])
def test_a_removed_or_moved_field_changes_no_other(everything: CompiledTemplate, missing: str) -> None:
    fewer = compiled(*(field for field in reversed(EVERYTHING) if field["name"] != missing))
    expected = [{name: row[name] for name in fewer.names} for row in rows(everything, 20)]
    assert rows(fewer, 20) == expected


def test_an_override_changes_no_other_field_but_those_made_of_it(everything: CompiledTemplate) -> None:
    plain, changed = rows(everything, 20), rows(everything, 20, overrides={"last": "O'Hara", "city": "Las Vegas"})
    for before, after in zip(plain, changed, strict=True):
        assert (after["last"], after["city"]) == ("O'Hara", "Las Vegas")
        assert "ohara" in after["email"]
        assert after["zip"].startswith("89")
        followed = dict.fromkeys(("last", "city", "email", "zip"), "")
        assert {**before, **followed} == {**after, **followed}


def test_rows_do_not_hang_on_the_hash_seed_of_the_process() -> None:
    code = (
        "import json, sys\n"
        "from dm_mcp.generation.template import parse_template\n"
        "from dm_mcp.generation.compiled import compile_template\n"
        "from dm_mcp.generation.render.values import to_rows\n"
        "made = compile_template(parse_template(json.load(sys.stdin)))\n"
        "print([to_rows(block) for block in made.blocks(5, 9)])"
    )
    data = {"id": "t", "name": "T", "locale": "ja_JP", "fields": EVERYTHING}
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            input=json.dumps(data),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_blocks_are_made_when_asked_for_and_only_as_long_as_asked() -> None:
    made = compiled({"name": "n", "type": "number"})
    assert [block.rows for block in islice(made.blocks(10**15, 1), 2)] == [BLOCK, BLOCK]
    (block,) = made.blocks(3, 1)
    column = block.column("n")
    assert isinstance(column, IntegerColumn)
    assert len(column.values) == block.rows == 3


def test_no_rows_make_no_blocks(everything: CompiledTemplate) -> None:
    assert list(everything.blocks(0, 1)) == []


@pytest.mark.parametrize(("count", "seed", "says"), [(-1, 1, "count -1"), (1, -1, "seed -1"), (1, 2**53, "seed 9007")])
def test_a_count_or_a_seed_out_of_range_is_refused(
    everything: CompiledTemplate, count: int, seed: int, says: str
) -> None:
    with pytest.raises(InvalidRequest, match=says):
        everything.blocks(count, seed)


def test_the_schema_says_names_types_and_what_is_sensitive() -> None:
    assert shipped("tmpl_customer").schema == (
        ColumnSpec("id", ColumnType.UUID),
        ColumnSpec("first_name", ColumnType.TEXT),
        ColumnSpec("last_name", ColumnType.TEXT),
        ColumnSpec("email", ColumnType.TEXT),
        ColumnSpec("phone", ColumnType.TEXT),
        ColumnSpec("iban", ColumnType.TEXT, sensitive=True),
        ColumnSpec("street", ColumnType.TEXT),
        ColumnSpec("zip_code", ColumnType.TEXT),
        ColumnSpec("city", ColumnType.TEXT),
        ColumnSpec("country", ColumnType.TEXT),
        ColumnSpec("balance", ColumnType.DECIMAL),
        ColumnSpec("created_at", ColumnType.TIMESTAMP),
    )


def test_optional_is_the_share_of_nulls_and_draws_no_other_values() -> None:
    field = {"name": "n", "type": "number", "options": {"max": 10**12}}
    plain = [row["n"] for row in rows(compiled(field), 4000)]
    some = [row["n"] for row in rows(compiled({**field, "optional": 0.25}), 4000)]
    assert 900 < some.count(None) < 1100
    assert all(got is None or got == full for got, full in zip(some, plain, strict=True))
    assert {row["n"] for row in rows(compiled({**field, "optional": 1}), 100)} == {None}


def test_a_template_made_by_hand_is_checked_when_it_is_compiled() -> None:
    with pytest.raises(TemplateError, match="frist_name") as caught:
        compile_template(Template(id="t", name="T", fields=[Field(name="a", type="frist_name")]))
    assert caught.value.where == {"field": "a"}


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_every_locale_of_faker_makes_customers(locale: str) -> None:
    text = (SHIPPED / "tmpl_customer.json").read_text()
    made = compile_template(parse_template({**json.loads(text), "locale": locale}))
    customers = rows(made, 50)
    assert len({customer["email"] for customer in customers}) == 50
    for customer in customers:
        assert customer["email"].isascii()
        texts = [customer[name] for name in ("first_name", "last_name", "phone", "street", "zip_code", "city")]
        for text in texts:
            assert text == text.strip() != ""
            assert not {"#", "{", "\n"} & set(text) or "# " in text  # a Colombian address has a "# " of its own
