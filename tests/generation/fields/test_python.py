"""python: what a function of the template's author returns."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from dm_mcp.errors import GenerationError, TemplateError
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import BLOCK, Workspace, compiled, field, rows


def code(body: str, returns: str = "", head: str = "") -> dict[str, Any]:
    annotation = f" -> {returns}" if returns else ""
    return field("value", "python", code=f"{head}\ndef value(rng, row, dm){annotation}:\n    {body}\n")


def in_a_worker(*fields: dict[str, Any], dm: Any = None) -> Any:
    return compiled(*fields, surroundings=Workspace(dm=dm))


def test_the_function_is_given_random_numbers_the_fields_before_it_and_the_run() -> None:
    made = in_a_worker(field("n", "number"), code("return [rng.randint(1, 6), row, dm]"), field("m", "number"), dm="dm")
    for row in rows(made, 50):
        roll, before, dm = row["value"]
        assert 1 <= roll <= 6
        assert before == {"n": row["n"]}
        assert dm == "dm"


def test_each_row_has_random_numbers_of_its_own_so_that_a_seed_gives_the_same_rows() -> None:
    made = in_a_worker(code("return rng.random()", "float"))
    many = rows(made, BLOCK + 10)
    assert rows(made, 10) == many[:10]
    assert rows(made, 10, seed=1) != rows(made, 10, seed=2)
    assert len({row["value"] for row in many}) > BLOCK


def test_the_code_may_have_imports_and_helpers() -> None:
    head = "import math\n\ndef twice(x):\n    return 2 * x\n"
    assert rows(in_a_worker(code("return twice(math.floor(1.5))", "int", head)), 1) == [{"value": 2}]


@pytest.mark.parametrize(
    ("returns", "kind"),
    [
        ("", ColumnType.TEXT),
        ("str", ColumnType.TEXT),
        ("int", ColumnType.INTEGER),
        ("decimal.Decimal", ColumnType.DECIMAL),
        ("datetime.date", ColumnType.DATE),
        ("dict", ColumnType.JSON),
    ],
)
def test_the_annotation_says_what_the_column_holds(returns: str, kind: ColumnType) -> None:
    made = in_a_worker(code("return None", returns, "import datetime, decimal"))
    assert made.schema[0].type is kind


@pytest.mark.parametrize(
    "value",
    ["a", 1, 1.5, True, None, Decimal("1.10"), date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), [1], {"a": 1}],
)
def test_a_value_comes_out_as_it_went_in(value: Any) -> None:
    assert rows(in_a_worker(code("return dm"), dm=value), 1) == [{"value": value}]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def value(rng, row, dm)\n  return 1", "the code is no Python: line 1: "),
        ("x = 1", "no function value"),
        ("def value(row): return 1", "no function value"),
        ("", "option 'code'"),
        ("\0", "the code is no Python"),
        ("(" * 500, "the code is no Python"),
        ("1/0\ndef value(rng, row, dm): return 1", "the code failed in line 1: ZeroDivisionError"),
    ],
)
def test_code_that_can_not_run_is_told(source: str, says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        in_a_worker(field("value", "python", code=source))
    assert says in caught.value.message
    assert caught.value.where == {"field": "value"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return row['nope']", "the code failed in line 3: KeyError: 'nope'."),
        ("return {1, 2}", "the code returned a value of type set, which no column holds."),
        ("raise RuntimeError('no luck')", "the code failed in line 3: RuntimeError: no luck."),
    ],
)
def test_a_row_that_can_not_be_made_is_told_with_the_line(body: str, says: str) -> None:
    with pytest.raises(GenerationError) as caught:
        rows(in_a_worker(code(body)), 1)
    assert caught.value.message == says
    assert caught.value.where == {"field": "value"}


def test_no_code_runs_outside_of_a_worker() -> None:
    with pytest.raises(TemplateError, match="Python code does not run here"):
        compiled(field("value", "python", code="raise SystemExit\ndef value(rng, row, dm): return 1"))


@pytest.mark.parametrize("sensitive", ["before", "itself", "after"])
def test_no_value_of_a_template_with_a_sensitive_field_is_told(sensitive: str) -> None:
    fields = [field("before", "enum", values=["SECRET"]), code("return int(row['before'])"), field("after", "number")]
    names = {"before": 0, "itself": 1, "after": 2}
    fields[names[sensitive]] = {**fields[names[sensitive]], "sensitive": True}
    with pytest.raises(GenerationError) as caught:
        rows(in_a_worker(*fields), 1)
    assert caught.value.message == "the code failed in line 3: ValueError."


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("class E(Exception):\n        def __str__(self): raise self\n    raise E", "it has no text"),
        ("x = []\n    for _ in range(900): x = [x]\n    return x", "nested more than"),
        ("return [10 ** 5000]", "the number is too large"),
    ],
)
def test_what_no_row_could_hold_is_told(body: str, says: str) -> None:
    with pytest.raises(GenerationError) as caught:
        rows(in_a_worker(code(body)), 1)
    assert says in caught.value.message


def test_no_value_of_a_sensitive_field_inside_an_object_is_told() -> None:
    inside = {**field("pin", "enum", values=["SECRET"]), "sensitive": True}
    with pytest.raises(GenerationError) as caught:
        rows(in_a_worker(field("a", "nested", fields=[inside]), code("return int(row['a']['pin'])")), 1)
    assert caught.value.message == "the code failed in line 3: ValueError."
