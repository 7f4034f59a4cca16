"""What takes the place of a field's own values."""

from typing import Any

import pytest

from dm_mcp.errors import OverrideError
from dm_mcp.generation.overrides import CallableOverride, PickFrom
from tests.generation.templates import BLOCK, compiled, rows

NUMBERS = compiled(
    {"name": "a", "type": "number"},
    {"name": "b", "type": "number", "optional": 0.5},
    {"name": "c", "type": "derived", "options": {"template": "{{b}}!"}},
)


def test_a_constant_stands_in_every_row_and_is_never_null() -> None:
    assert {row["b"] for row in rows(NUMBERS, 50, overrides={"b": "x"})} == {"x"}
    assert {row["b"] for row in rows(NUMBERS, 5, overrides={"b": None})} == {None}


def test_a_derived_field_sees_the_overridden_value() -> None:
    assert {row["c"] for row in rows(NUMBERS, 5, overrides={"b": "ö"})} == {"ö!"}


def test_pick_from_draws_from_the_values_by_weight() -> None:
    picked = [row["a"] for row in rows(NUMBERS, 4000, overrides={"a": PickFrom(iter("xyz"), [1, 0, 3])})]
    assert set(picked) == {"x", "z"}
    assert 900 < picked.count("x") < 1100


def test_pick_from_gives_the_same_rows_for_the_same_seed_whatever_the_count() -> None:
    override = {"a": PickFrom(range(1000))}
    assert rows(NUMBERS, BLOCK + 9, overrides=override)[:20] == rows(NUMBERS, 20, overrides=override)


def test_pick_from_many_values_reaches_all_of_them() -> None:
    picked = {row["a"] for row in rows(NUMBERS, 20_000, overrides={"a": PickFrom(range(1000))})}
    assert picked == set(range(1000))


@pytest.mark.parametrize(
    ("values", "weights", "says"),
    [([], None, "nothing to pick from"), ([1, 2], [1], "1 weights for 2"), ([1], [-1], "-1"), ([1], [0], "zero")],
)
def test_pick_from_nothing_or_with_bad_weights_is_refused(
    values: list[int], weights: list[float] | None, says: str
) -> None:
    with pytest.raises(OverrideError, match=says):
        PickFrom(values, weights)


def test_a_function_is_given_the_fields_before_its_own() -> None:
    seen: list[dict[str, Any]] = []

    def total(row: dict[str, Any]) -> int:
        seen.append(row)
        return row["a"] + 1

    made = rows(NUMBERS, 3, overrides={"b": CallableOverride(total)})
    assert [row["b"] for row in made] == [row["a"] + 1 for row in made]
    assert [set(row) for row in seen] == [{"a"}] * 3


def test_the_function_of_the_first_field_is_given_an_empty_row() -> None:
    assert [row["a"] for row in rows(NUMBERS, 2, overrides={"a": CallableOverride(len)})] == [0, 0]


def test_what_a_function_raises_comes_as_it_is() -> None:
    def fail(row: dict[str, Any]) -> int:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        rows(NUMBERS, 1, overrides={"a": CallableOverride(fail)})


def test_an_override_of_no_field_lists_the_fields() -> None:
    with pytest.raises(OverrideError, match=r"'aa' that is not there\. Did you mean 'a'\? Allowed: a, b, c"):
        NUMBERS.blocks(1, 1, {"aa": 1})


def test_a_function_that_needs_what_is_made_of_it_is_refused() -> None:
    made = compiled({"name": "email", "type": "email"}, {"name": "first", "type": "first_name"})
    with pytest.raises(OverrideError, match="given 'email', which is made from what it returns") as caught:
        rows(made, 1, overrides={"first": CallableOverride(lambda row: row["email"])})
    assert caught.value.where == {"field": "first"}


@pytest.mark.parametrize("weight", ["2", None, [1]])
def test_a_weight_that_is_no_number_is_told(weight: Any) -> None:
    with pytest.raises(OverrideError, match="is not a number"):
        PickFrom(["a"], [weight])
