"""generate_set: rows of several templates that refer to each other."""

from collections import Counter
from typing import Any

import pytest

from dm_mcp.errors import InvalidRequest, OverrideError
from dm_mcp.generation.related import Per, generate_related, per
from dm_mcp.generation.rows import Rows
from tests.generation.templates import BLOCK, Workspace, field


def reference(name: str, template_id: str, target: str = "id", **options: Any) -> dict[str, Any]:
    return field(name, "reference", template_id=template_id, field=target, **options)


TEMPLATES: dict[str, list[dict[str, Any]]] = {
    "customer": [field("id", "uuid"), field("name", "first_name")],
    "order": [
        field("id", "sequence"),
        reference("customer_id", "customer"),
        reference("customer_name", "customer", "name", same_row_as="customer_id"),
        reference("seller_id", "customer"),
    ],
    "item": [field("id", "uuid"), reference("order_id", "order")],
    "lonely": [field("id", "uuid")],
}


def made(
    plan: dict[str, int | Per], overrides: dict[str, dict[str, Any]] | None = None, seed: int = 7
) -> dict[str, Rows]:
    return generate_related(plan, Workspace(None, None, **TEMPLATES).compiled, lambda _: seed, overrides)


def test_each_row_of_the_parent_has_so_many_children_each_number_as_likely() -> None:
    shop = made({"customer": 3000, "order": per("customer", 0, 3)})
    orders = Counter(row["customer_id"] for row in shop["order"])
    sizes = Counter(orders[customer["id"]] for customer in shop["customer"])
    assert set(sizes) == {0, 1, 2, 3}
    assert all(650 < size < 850 for size in sizes.values())


def test_children_refer_to_the_rows_made_with_them_whatever_the_order_of_the_plan() -> None:
    shop = made({"item": per("order", 1, 2), "order": per("customer", 2), "customer": 50})
    assert list(shop) == ["item", "order", "customer"]
    assert len(shop["order"]) == 100
    assert {row["order_id"] for row in shop["item"]} == {row["id"] for row in shop["order"]}
    names = {row["id"]: row["name"] for row in shop["customer"]}
    assert all(names[row["customer_id"]] == row["customer_name"] for row in shop["order"])


def test_only_the_first_reference_is_to_the_row_that_a_row_belongs_to() -> None:
    orders = made({"customer": 50, "order": per("customer", 20)})["order"]
    assert sum(row["seller_id"] == row["customer_id"] for row in orders) < 60
    assert len({row["seller_id"] for row in orders}) == 50


def test_a_plain_number_of_children_refers_to_random_rows_of_the_set() -> None:
    shop = made({"customer": 10, "order": 500})
    assert {row["customer_id"] for row in shop["order"]} == {row["id"] for row in shop["customer"]}


def test_overrides_reach_the_children() -> None:
    shop = made({"customer": 5, "order": per("customer", 1)}, {"customer": {"name": "Anna"}})
    assert {row["customer_name"] for row in shop["order"]} == {"Anna"}


def test_the_same_seed_gives_the_same_set_and_more_parents_leave_the_children_of_the_first() -> None:
    few, more = (made({"customer": n, "order": per("customer", 0, 3)}) for n in (BLOCK, BLOCK + 300))
    assert few == made({"customer": BLOCK, "order": per("customer", 0, 3)})
    assert [row["customer_id"] for row in more["order"]][: len(few["order"])] == [
        row["customer_id"] for row in few["order"]
    ]
    assert few != made({"customer": BLOCK, "order": per("customer", 0, 3)}, seed=8)


def test_a_set_may_be_empty() -> None:
    assert made({}) == {}
    assert made({"customer": 0, "order": per("customer", 3)}) == {"customer": [], "order": []}


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ({"order": per("customer", 1)}, "names a template that is not in the set"),
        ({"order": 5}, "order refers to customer, which is not in the set"),
        ({"customer": 5, "lonely": per("customer", 1)}, "lonely has no field that refers to customer"),
        ({"customer": -1}, "customer: -1 is no number of rows"),
        ({"customer": True}, "customer: True is no number of rows"),
        ({"customer": "5"}, "customer: '5' is no number of rows"),
        ({"customer": per("order", 1), "order": 5}, "in a circle: "),
        ({"custmer": 5}, "no template 'custmer'"),
    ],
)
def test_a_plan_that_can_not_be_followed_is_told(plan: Any, says: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        made(plan)
    assert says in caught.value.message


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (3, 2), (0, 10**9)])
def test_numbers_of_children_that_make_no_sense_are_told(low: int, high: int) -> None:
    with pytest.raises(InvalidRequest, match="make no sense"):
        per("customer", low, high)


def test_overrides_of_something_else_are_told() -> None:
    with pytest.raises(InvalidRequest, match="overrides name 'ordr'"):
        made({"customer": 1, "order": 1}, {"ordr": {}})
    with pytest.raises(OverrideError, match="a field 'nmae'"):
        made({"customer": 1}, {"customer": {"nmae": 1}})


def test_an_overridden_reference_needs_no_parent_in_the_set() -> None:
    assert {row["order_id"] for row in made({"item": 3}, {"item": {"order_id": 5}})["item"]} == {5}
