"""nested and template: objects inside a row."""

import json
from collections import Counter
from typing import Any

import pytest

from dm_mcp.errors import GenerationError, TemplateError
from dm_mcp.generation.render.json_lines import json_lines
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import BLOCK, Workspace, compiled, field, rows

ITEM = [field("sku", "uuid"), field("price", "amount")]
LIST = field("items", "nested", fields=ITEM, count={"min": 0, "max": 3})


def test_without_a_count_it_is_one_object() -> None:
    made = rows(compiled(field("address", "nested", fields=[field("city", "city"), field("zip", "zip_code")])), 50)
    assert all(list(row["address"]) == ["city", "zip"] for row in made)
    assert len({row["address"]["zip"] for row in made}) > 30


def test_with_a_count_it_is_a_list_of_so_many_each_number_as_likely() -> None:
    sizes = Counter(len(row["items"]) for row in rows(compiled(LIST), 4000))
    assert set(sizes) == {0, 1, 2, 3}
    assert all(850 < size < 1150 for size in sizes.values())
    assert {len(row["a"]) for row in rows(compiled(field("a", "nested", fields=ITEM, count=2)), 9)} == {2}


def test_no_two_objects_are_alike_and_few_rows_are_the_first_of_many() -> None:
    made = compiled(LIST)
    many = rows(made, BLOCK + 20)
    skus = [item["sku"] for row in many for item in row["items"]]
    assert len(set(skus)) == len(skus)
    assert rows(made, 20) == many[:20]
    assert rows(made, BLOCK + 1) == many[: BLOCK + 1]


def test_objects_nest_in_objects_and_read_the_same_as_json() -> None:
    order = field("orders", "nested", count={"min": 0, "max": 2}, fields=[field("n", "sequence"), LIST])
    made = compiled(field("id", "sequence"), {**order, "optional": 0.2})
    expected = [json.loads(json.dumps(row, default=float)) for row in rows(made, 300)]
    [block] = made.blocks(300, 7)
    assert [json.loads(line) for line in bytes(json_lines(block)).splitlines()] == expected
    assert any(row["orders"] is None for row in expected)


def test_fields_inside_may_be_null_unique_and_made_of_each_other() -> None:
    inside = [
        {**field("code", "number", min=1, max=2000), "unique": True},
        {**field("note", "words"), "optional": 0.5},
        field("label", "derived", template="#{{code}}"),
    ]
    made = rows(compiled(field("a", "nested", fields=inside, count=2)), 1000)
    items = [item for row in made for item in row["a"]]
    assert len({item["code"] for item in items}) == 2000
    assert 900 < sum(item["note"] is None for item in items) < 1100
    assert all(item["label"] == f"#{item['code']}" for item in items)


def test_too_few_unique_values_inside_are_told_for_all_objects() -> None:
    inside = [{**field("code", "number", min=1, max=100), "unique": True}]
    made = compiled(field("a", "nested", fields=inside, count=2))
    with pytest.raises(GenerationError, match="give 100 distinct values, 102 asked") as caught:
        made.blocks(51, 1)
    assert caught.value.where == {"field": "a.code"}


def test_another_field_changes_no_object() -> None:
    assert [row["items"] for row in rows(compiled(field("x", "city"), LIST), 20)] == [
        row["items"] for row in rows(compiled(LIST), 20)
    ]


def test_it_is_json_and_sensitive_when_a_field_inside_is() -> None:
    secret = {**field("a", "nested", fields=[{**field("pin", "number"), "sensitive": True}])}
    assert [(spec.type, spec.sensitive) for spec in compiled(LIST, secret).schema] == [
        (ColumnType.JSON, False),
        (ColumnType.JSON, True),
    ]


def test_objects_have_the_locale_of_their_field() -> None:
    address = {**field("a", "nested", fields=[field("name", "first_name")]), "locale": "ja_JP"}
    assert all(row["a"]["name"] > "\u3000" for row in rows(compiled(address), 20))


ORDER = [field("id", "sequence"), field("customer_id", "number"), field("price", "amount")]


def test_a_template_inside_takes_the_rows_value_as_its_foreign_key() -> None:
    orders = field("orders", "template", template_id="tmpl_order", count=2, foreign_key={"customer_id": "id"})
    made = rows(compiled(field("id", "uuid"), orders, surroundings=Workspace(tmpl_order=ORDER)), 30)
    assert all([order["customer_id"] for order in row["orders"]] == [row["id"]] * 2 for row in made)
    assert [order["id"] for row in made for order in row["orders"]] == list(range(1, 61))


@pytest.mark.parametrize(("max_depth", "deep"), [(1, 0), (2, 1), (3, 2)])
def test_a_template_that_nests_itself_stops_at_the_greatest_depth(max_depth: int, deep: int) -> None:
    children = field("children", "template", template_id="tmpl_test", count=1, max_depth=max_depth)
    category = [field("name", "first_name"), children]
    [row] = rows(compiled(*category, surroundings=Workspace(tmpl_test=category)), 1)
    depth = 0
    while row["children"]:
        [row] = row["children"]
        depth += 1
    assert depth == deep
    assert row["children"] == []


def test_an_object_beyond_the_greatest_depth_is_null() -> None:
    boss = [field("name", "first_name"), field("boss", "template", template_id="tmpl_test", max_depth=2)]
    [row] = rows(compiled(*boss, surroundings=Workspace(tmpl_test=boss)), 1)
    assert row["boss"]["boss"] is None
    assert row["boss"]["name"]


def deep(levels: int) -> dict[str, Any]:
    return field("a", "nested", fields=[deep(levels - 1) if levels else field("n", "number")])


@pytest.mark.parametrize(
    ("nested", "place", "says"),
    [
        (field("a", "nested", fields=[]), "a", "option 'fields'"),
        (field("a", "nested", fields=[field("b", "uid")]), "a.b", "unknown field type 'uid'"),
        (field("a", "nested", fields=[field("b", "number", min=2, max=1)]), "a.b", "min 2 is greater"),
        (field("a", "nested", fields=[deep(0), field("c", "nested", fields=[field("d", "x")])]), "a.c", "type 'x'"),
        (field("a", "nested", fields=[field("b", "derived", template="{{c}}")]), "a.b", "a field 'c'"),
        (field("a", "nested", fields=ITEM, count={"min": 3, "max": 1}), "a", "min 3 is greater than max 1"),
        (field("a", "nested", fields=ITEM, count=-1), "a", "greater than or equal to 0"),
        (field("a", "nested", fields=ITEM, count=10**6), "a", "less than or equal to 1000"),
        (deep(9), "a", "nested more than 8 deep"),
    ],
)
def test_what_is_wrong_inside_is_told_with_its_place(nested: dict[str, Any], place: str, says: str) -> None:
    with pytest.raises(TemplateError, match=says) as caught:
        compiled(nested)
    assert str(caught.value.where.get("field")).startswith(place)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"template_id": "tmpl_none"}, "no template 'tmpl_none'"),
        ({"template_id": "tmpl_order", "foreign_key": {"custmer_id": "id"}}, "tmpl_order has no field 'custmer_id'"),
        ({"template_id": "tmpl_order", "foreign_key": {"customer_id": "uid"}}, "a field 'uid' that is not there"),
    ],
)
def test_a_template_that_is_not_there_is_told(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says) as caught:
        compiled(field("id", "uuid"), field("o", "template", **options), surroundings=Workspace(tmpl_order=ORDER))
    assert caught.value.where == {"field": "o"}
