"""unique: no value comes twice, and what can't be so is told before a row is made."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import GenerationError, TemplateError
from dm_mcp.generation.streams import Stream
from dm_mcp.generation.uniqueness import ROUNDS, permuted
from tests.generation.templates import BLOCK, compiled, field, rows


def unique(type_name: str, **options: Any) -> dict[str, Any]:
    return {**field("code", type_name, **options), "unique": True}


def keys(seed: int) -> Any:
    return Stream(seed, "t", "f").words(0, ROUNDS)


@given(st.integers(1, 2000), st.integers(0, 2**32))
def test_a_permutation_sends_every_number_to_another_one(count: int, seed: int) -> None:
    moved = permuted(np.arange(count), count, keys(seed))
    assert sorted(moved.tolist()) == list(range(count))


@pytest.mark.parametrize("count", [2**31, 10**12 + 1, 2**62 - 1])
def test_a_permutation_of_a_large_range_stays_in_it(count: int) -> None:
    moved = permuted(np.arange(10_000), count, keys(1))
    assert len(set(moved.tolist())) == 10_000
    assert 0 <= moved.min() <= moved.max() < count


def test_a_permutation_leaves_no_order_to_see() -> None:
    moved = permuted(np.arange(10_000), 10_000, keys(3)).tolist()
    rising = sum(a < b for a, b in pairwise(moved))
    assert 4800 < rising < 5200
    assert sum(i == value for i, value in enumerate(moved)) < 10


NUMBERED = [
    unique("number", min=1, max=BLOCK + 10),
    unique("enum", values=[f"v{i}" for i in range(BLOCK + 10)]),
]


@pytest.mark.parametrize("code", NUMBERED, ids=lambda code: code["type"])
def test_as_many_rows_as_there_are_values_have_each_once(code: dict[str, Any]) -> None:
    made = [row["code"] for row in rows(compiled(code), BLOCK + 10)]
    assert len(set(made)) == BLOCK + 10


def test_fewer_unique_rows_are_the_first_of_more() -> None:
    made = compiled(unique("number", min=0, max=10**9))
    assert rows(made, 50) == rows(made, BLOCK + 1)[:50]
    assert rows(made, 50, seed=1) != rows(made, 50, seed=2)


def test_too_few_values_are_told_before_a_row_is_made() -> None:
    with pytest.raises(GenerationError) as caught:
        compiled(unique("number", min=0, max=99_999)).blocks(250_000, 1)
    assert caught.value.where == {"field": "code"}
    assert "tmpl_test.code: " in caught.value.message
    assert "give 100,000 distinct values, 250,000 asked." in caught.value.message


def test_an_override_needs_no_values_of_its_own() -> None:
    made = compiled(unique("number", min=1, max=2))
    assert [row["code"] for row in rows(made, 3, overrides={"code": 5})] == [5, 5, 5]


def test_nulls_are_no_values_that_come_twice() -> None:
    made = [row["code"] for row in rows(compiled({**unique("number", max=10**6), "optional": 0.5}), 1000)]
    some = [value for value in made if value is not None]
    assert 400 < len(some) == len(set(some)) < 600


@pytest.mark.parametrize("type_name", ["uuid", "sequence", "email"])
def test_what_is_always_unique_may_be_called_so(type_name: str) -> None:
    made = compiled({"name": "code", "type": type_name, "unique": True})
    assert len({row["code"] for row in rows(made, 5000)}) == 5000


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (unique("words"), "values of type 'words' can't be made unique"),
        ({**unique("enum", values=["a"]), "noise": 0.1}, "noise can make two values alike"),
    ],
)
def test_what_can_not_be_unique_is_told_with_the_template(code: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says) as caught:
        compiled(code)
    assert caught.value.where == {"field": "code"}
