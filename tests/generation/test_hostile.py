"""Templates that ask for too much: each is refused with the field and the reason, before it takes time or memory.

The runner's time limit is the clock here: what is not refused hangs, or has no room.
"""

from typing import Any

import pytest

from dm_mcp.errors import DmError, GenerationError, OverrideError, TemplateError
from dm_mcp.generation.json_schema import template_from_schema
from dm_mcp.generation.overrides import PickFrom
from dm_mcp.generation.surroundings import NOWHERE
from tests.generation.templates import BLOCK, Workspace, compiled, field, rows, template

BIG = 10**400
TREE = [field(f"child{i}", "template", template_id="tmpl_tree", max_depth=8) for i in range(10)]
WORKSPACE = Workspace(
    {},
    None,
    tmpl_tree=TREE,
    tmpl_text=[field("text", "lorem", lines=50)],
    **{f"tmpl_{i}": [field("x", "reference", template_id=f"tmpl_{i + 1}", field="x")] for i in range(100)},
)


def nested(levels: int, count: Any) -> dict[str, Any]:
    """Objects in objects, so many levels of them."""
    inner = field("x", "number")
    for _ in range(levels):
        inner = field("x", "nested", fields=[inner], count=count)
    return inner


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("regex", {"pattern": "(a{1000}){1000}"}, "makes texts of 1000000 characters"),
    ("regex", {"pattern": "(((((a+)+)+)+)+)"}, "makes texts of 100000 characters"),
    ("regex", {"pattern": "a" * 100_000}, "has 100000 characters; 2000"),
    ("regex", {"pattern": "((|){1000}){1000}"}, "1000 is the most"),
    ("regex", {"pattern": r"(.\b|.\B){100}"}, "conditions"),
    ("regex", {"pattern": r"\b.?" * 400}, "conditions"),
    ("regex", {"pattern": "(" * 60 + "a" + ")" * 60}, "more than 40"),
    ("regex", {"pattern": "a{99999999999999999999}"}, "too large"),
    ("regex", {"pattern": "[\\U00010000-\\U00012000\\U00012001-\\U00014000]"}, "more than 10000 characters"),
    ("lorem", {"lines": 10**9}, "less than or equal to 50"),
    ("words", {"count": BIG}, "less than or equal to 100"),
    ("random_string", {"max": 10**12}, "less than or equal to 1000"),
    ("password", {"length": 10**18}, "less than or equal to 128"),
    ("phone", {"format": "#" * 100_000}, "has 100000 characters; 200"),
    ("zip_code", {"format": "#" * 100_000}, "has 100000 characters; 200"),
    ("date", {"format": "%Y" * 100_000}, "has 200000 characters; 200"),
    ("enum", {"values": list(range(10**6))}, "at most 100000 items"),
    ("enum", {"values": [deep(2000)]}, "nested more than 100 deep"),
    ("enum", {"values": ["\ud800"]}, "half of a surrogate pair"),
    ("phone", {"format": "#\ud800"}, "half of a surrogate pair"),
    ("enum", {"values": [{"\ud800": 1}]}, "is no text"),
    ("enum", {"values": [{1: 2}]}, "the key 1 is no text"),
    ("enum", {"values": [{1, 2}]}, "type set"),
    ("enum", {"values": [object()]}, "type object"),
    ("enum", {"values": [10**5000]}, "too large"),
    ("enum", {"values": [1, 2], "weights": [float("inf"), 1]}, "finite"),
    ("enum", {"values": [1, 2], "weights": [float("nan"), 1]}, "finite"),
    ("enum", {"values": [1, 2], "weights": [1e308, 1e308]}, "1e+100"),
    ("enum", {"values": [1, 2], "weights": [BIG, 1]}, "valid number"),
    ("number", {"min": -BIG}, "greater than or equal to -9223372036854775808"),
    ("number", {"distribution": {"kind": "weighted", "values": [1, 2], "weights": [1e308, 1e308]}}, "1e+100"),
    ("number", {"min": -(2**63), "max": 2**63 - 1, "distribution": {"kind": "zipf", "s": 1}}, "2**53"),
    ("float", {"max": 1e308}, "15 digits"),
    ("float", {"min": -1e308, "max": 1e308, "precision": 15}, "15 digits"),
    ("amount", {"max": "1e999999999"}, "15 digits"),
    ("amount", {"min": "-1e999999", "max": "1e999999"}, "15 digits"),
    ("sequence", {"start": 2**63 - 1}, "9007199254740992"),
    ("sequence", {"step": 2**40}, "2147483648"),
    ("date", {"pattern": {"seasons": [0] * 12}}, "all weights are zero"),
    ("date", {"pattern": {"seasons": [1e308] * 12}}, "1e+100"),
    ("datetime", {"pattern": {"seasons": [5e-324] * 12, "weekdays": [5e-324] * 7}}, "weight above zero"),
    ("datetime", {"from": "0001-01-01T00:00:00+14:00"}, "years 1 to 9999"),
    ("datetime", {"to": "9999-12-31T23:59:59-14:00"}, "years 1 to 9999"),
    ("date", {"past": "9999y"}, "years 1 to 9999"),
    ("time", {"from": "10:00+02:00"}, "has a zone"),
    ("derived", {"expression": "+".join(["1"] * 900)}, "more than 100 operators"),
    ("derived", {"expression": "(" * 100 + "1" + ")" * 100}, "more than 40 deep"),
    ("derived", {"expression": "-" * 1900 + "1"}, "more than 40 deep"),
    ("derived", {"expression": "1" * 100_000}, "100000 characters; 2000"),
    ("derived", {"template": "{{" + " " * 50_000}, "50002 characters; 10000"),
    ("derived", {"template": "{{ " * 3000}, "braces without a partner"),
    ("faker", {"provider": "pystr", "args": {"min_chars": 10**9, "max_chars": 10**9}}, "'min_chars' is larger"),
    ("faker", {"provider": "text", "args": {"max_nb_chars": 10**8}}, "'max_nb_chars' is larger"),
    ("faker", {"provider": "bothify", "args": {"text": "#" * 10**7}}, "'text' is larger"),
    ("faker", {"provider": "paragraphs", "args": {"nb": 10**7}}, "'nb' is larger"),
    ("faker", {"provider": "json", "args": {"num_rows": 10**6}}, "'num_rows' is larger"),
    ("faker", {"provider": "random_choices", "args": {"length": float("inf")}}, "'length' is larger"),
    ("reference", {"template_id": "tmpl_text", "field": "text", "rows": 10**7}, "less than or equal to 1000000"),
    ("reference", {"template_id": "tmpl_0", "field": "x"}, "more than 20 deep"),
    ("template", {"template_id": "tmpl_tree", "max_depth": 8}, "5,000 are possible"),
    ("nested", {"fields": [field("x", "number")], "count": 10**9}, "less than or equal to 1000"),
    ("python", {"code": "x" * 200_000}, "at most 20000 characters"),
    ("python", {"code": "raise SystemExit\ndef value(rng, row, dm): ..."}, "SystemExit"),
]


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    REFUSED,
    ids=[f"{kind} {'-'.join(options)} {at}" for at, (kind, options, _) in enumerate(REFUSED)],
)
def test_a_field_that_asks_for_too_much_is_refused_by_name(kind: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compiled(field("greedy", kind, **options), surroundings=WORKSPACE)
    assert says in caught.value.message
    assert str(caught.value.where.get("field")).startswith("greedy")
    assert len(caught.value.message) < 1000


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ([nested(1, 1000)], BLOCK),
        ([nested(2, 1000)], 10),
        ([nested(3, {"min": 0, "max": 1000})], 1),
        ([nested(7, 1000)], 1),
        ([nested(1, 200), nested(1, 1000)], BLOCK),
    ],
)
def test_a_block_with_too_many_objects_is_refused_before_any_is_made(fields: list[Any], count: int) -> None:
    named = [{**each, "name": f"list{i}"} for i, each in enumerate(fields)]
    made = compiled(*named)
    with pytest.raises(GenerationError, match=r"a block of rows would hold .* objects; 2,000,000 are possible"):
        made.blocks(count, 7)


def test_fewer_rows_may_hold_as_many_objects_each() -> None:
    assert [len(row["x"]) for row in rows(compiled(nested(1, 1000)), 3)] == [1000, 1000, 1000]


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("floor(number('1e999999999'))", "too large"),
        ("number('9e900') * number('9e900')", "too large"),
        ("1 / number('1e-900') / number('1e-900')", "too large"),
        ("9999999999999999" + " * 9999999999999999" * 90, "too large"),
        ("pad(text, 10000000)", "a width from 0 to 1000"),
        ("replace(replace(pad('a', 1000, 'a'), 'a', pad('b', 1000, 'a')), 'a', pad('c', 1000))", "100,000 characters"),
        ("add_days('2026-01-01', number('1e900'))", "outside the years 1 to 9999"),
        ("add_months('2026-01-01', 10000000000000)", "outside the years 1 to 9999"),
    ],
)
def test_an_expression_that_grows_ends_with_an_error(expression: str, says: str) -> None:
    made = [field("text", "words"), field("greedy", "derived", expression=expression)]
    with pytest.raises(DmError) as caught:
        rows(compiled(*made), 3)
    assert says in caught.value.message
    assert caught.value.where.get("field") == "greedy"


def test_texts_made_of_each_other_do_not_grow_without_end() -> None:
    doubled = [field(f"n{i}", "derived", template=f"{{{{n{i - 1}}}}}{{{{n{i - 1}}}}}") for i in range(1, 40)]
    with pytest.raises(GenerationError, match="more than 5,000 pieces"):
        rows(compiled(field("n0", "words"), *doubled), 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_long_chain_of_fields_is_made_wherever_they_stand(order: int) -> None:
    chain = [field(f"n{i}", "derived", expression=f"n{i - 1} + 1") for i in range(1, 300)]
    [row] = rows(compiled(*[field("n0", "number", max=0), *chain][::order]), 1)
    assert row["n299"] == 299


@pytest.mark.parametrize(
    ("name", "says"),
    [("\ud800", "half of a surrogate pair"), ("a\0", "NUL"), (" ", "is empty"), ("a" * 10**6, "1000000 characters")],
    ids=range(4),
)
def test_a_name_that_no_column_can_have_is_refused(name: str, says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        template(field(name, "number"))
    assert says in caught.value.message


def test_a_template_with_too_many_fields_is_refused() -> None:
    with pytest.raises(TemplateError, match="2001 fields; 2000 are possible"):
        template(*(field(f"f{i}", "number") for i in range(2001)))


@pytest.mark.parametrize(
    "mix", [{"de_DE": BIG}, {"de_DE": float("inf")}, {"de_DE": float("nan")}, {5: 1}, {}], ids=range(5)
)
def test_a_mix_of_locales_that_makes_no_sense_is_refused(mix: Any) -> None:
    with pytest.raises(TemplateError):
        template({**field("a", "words"), "locale": mix})


@pytest.mark.parametrize(
    "override", [object(), {1, 2}, float("nan"), b"bytes", range(3), type, deep(500), "\ud800"], ids=range(8)
)
def test_an_override_of_an_odd_type_is_an_error_of_ours_or_the_value(override: object) -> None:
    from dm_mcp.generation.render.json_lines import json_lines

    made = compiled(field("odd", "number"))
    try:
        assert all(bytes(json_lines(block)) for block in made.blocks(2, 7, {"odd": override}))
    except DmError as error:
        assert error.where.get("field") == "odd"


@pytest.mark.parametrize(
    "weights", [[1e308, 1e308], [float("inf"), 1], [float("nan"), 1], [BIG, 1], [-1, 1], [0, 0]], ids=range(6)
)
def test_weights_of_an_override_that_make_no_sense_are_refused(weights: list[float]) -> None:
    with pytest.raises(OverrideError):
        PickFrom([1, 2], weights)


def fan(kind: str) -> dict[str, Any]:
    """Thirty definitions, each of which refers twice to the next one."""
    parts: dict[str, Any] = {f"{kind}30": {"type": "integer"}}
    for i in range(30):
        ref = {"$ref": f"#/$defs/{kind}{i + 1}"}
        objects = {"type": "object", "properties": {"a": ref, "b": ref}}
        parts[f"{kind}{i}"] = {"allOf": [ref, ref]} if kind == "all" else objects
    return parts


def wrapped(key: str, levels: int) -> Any:
    part: Any = {"type": "integer"}
    for _ in range(levels):
        part = {key: part if key == "items" else [part]}
    return part


@pytest.mark.parametrize(
    "part",
    [
        {"allOf": [{"$ref": "#/$defs/all0"}]},
        {"$ref": "#/$defs/d0"},
        wrapped("allOf", 500),
        wrapped("items", 500),
        {"type": "array", "minItems": 10**9, "items": {"type": "integer"}},
        {"type": "array", "minItems": 10**9, "items": {"const": 1}},
        {"type": "array", "minItems": 3000, "uniqueItems": True, "items": {"type": "integer"}},
        {"type": "array", "minItems": 40, "items": {"type": "array", "minItems": 40, "items": {"const": 1}}},
        {"type": "string", "minLength": 10**12},
        {"type": "string", "pattern": "(a{1000}){1000}"},
        {"type": "integer", "multipleOf": 1e-300, "maximum": 5},
        {"type": "number", "multipleOf": float("inf")},
        {"type": "number", "minimum": float("nan")},
        {"type": "integer", "minimum": BIG},
        {"const": deep(2000)},
        {"$ref": "#"},
    ],
    ids=range(16),
)
def test_a_schema_that_leads_too_far_is_refused_with_a_pointer(part: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"greedy": part}, "required": ["greedy"], "$defs": fan("all") | fan("d")}
    with pytest.raises(TemplateError, match="JSON Schema, #/properties/greedy"):
        template_from_schema(schema)


def test_nothing_is_kept_where_there_are_no_other_templates() -> None:
    with pytest.raises(TemplateError):
        compiled(field("a", "template", template_id="tmpl_none"))
    assert not NOWHERE._inside  # pyright: ignore[reportPrivateUsage]
