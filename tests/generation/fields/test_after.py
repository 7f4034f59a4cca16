"""after: dates and moments that follow others."""

from datetime import timedelta
from typing import Any

import pytest

from dm_mcp.errors import InvalidRequest, TemplateError
from dm_mcp.generation.related import generate_related, per
from tests.generation.templates import BLOCK, Workspace, compiled, field, rows

CUSTOMER = [field("id", "uuid"), field("since", "datetime"), field("born", "date")]


def reference(name: str = "customer_id", **options: Any) -> dict[str, Any]:
    return field(name, "reference", template_id="customer", field="id", **options)


def after(text: str, type_name: str = "datetime", **options: Any) -> dict[str, Any]:
    return field("later", type_name, after=text, **options)


@pytest.mark.parametrize("type_name", ["date", "datetime"])
@pytest.mark.parametrize("source", ["date", "datetime"])
def test_it_lies_so_long_after_another_field(type_name: str, source: str) -> None:
    made = rows(compiled(field("start", source), after("start, 1d..60d", type_name)), 2000)
    spans = [str(row["later"])[:10] > str(row["start"])[:10] for row in made]
    assert all(spans)
    if type_name == source:
        days = {(row["later"] - row["start"]) // timedelta(days=1) for row in made}
        assert min(days) == 1
        assert max(days) == (60 if type_name == "date" else 59)


def test_a_span_may_be_of_one_length_and_seconds_are_whole() -> None:
    made = rows(compiled(field("start", "datetime"), after("start, 90m")), 50)
    assert {row["later"] - row["start"] for row in made} == {timedelta(minutes=90)}
    assert {row["later"].microsecond for row in made} == {0}


def test_after_a_null_is_a_null() -> None:
    made = rows(compiled({**field("start", "date"), "optional": 0.5}, after("start, 1d", "date")), 500)
    assert all((row["later"] is None) == (row["start"] is None) for row in made)
    assert 200 < sum(row["later"] is None for row in made) < 300


def test_it_may_be_written_in_a_format() -> None:
    made = rows(compiled(field("start", "date"), after("start, 1d", "date", format="%d.%m.%Y")), 50)
    assert all(row["later"] == f"{row['start'] + timedelta(days=1):%d.%m.%Y}" for row in made)


def test_it_follows_the_row_that_a_reference_leads_to() -> None:
    shop = Workspace(customer=CUSTOMER)
    since = {row["id"]: row["since"] for row in rows(shop.compiled("customer"), 100)}
    made = rows(compiled(reference(), after("customer.since, 1d..2d"), surroundings=shop), BLOCK + 10)
    assert all(timedelta(days=1) <= row["later"] - since[row["customer_id"]] <= timedelta(days=2) for row in made)


def test_the_children_of_a_set_come_after_their_parents() -> None:
    shop = Workspace(customer=CUSTOMER, order=[reference(), after("customer.since, 1h..60d")])
    made = generate_related({"customer": 50, "order": per("customer", 3)}, shop.compiled, lambda _: 3)
    since = {row["id"]: row["since"] for row in made["customer"]}
    assert all(row["later"] > since[row["customer_id"]] for row in made["order"])


def test_several_dates_may_follow_each_other() -> None:
    made = rows(
        compiled(
            field("ordered", "datetime"),
            field("paid", "datetime", after="ordered, 1h..2d"),
            field("sent", "datetime", after="paid, 1d..3d"),
        ),
        200,
    )
    assert all(row["ordered"] < row["paid"] < row["sent"] for row in made)


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("start", {}, "has no field and span"),
        (", 1d", {}, "has no field and span"),
        ("start, soon", {}, "'soon' is no duration"),
        ("start, 2d..1d", {}, "starts with the longer"),
        ("strat, 1d", {}, "a field 'strat' that is not there"),
        ("later, 1d", {}, "made of itself"),
        ("n, 1d", {}, "which holds no dates"),
        ("customer.since, 1d", {}, "no field here refers to that template"),
        ("start, 1d", {"past": "30d"}, "after says when it is; leave out past"),
        ("start, 1d", {"from": "2020-01-01"}, "leave out from"),
        ("start, 1d", {"to": "2020-01-01", "future": "1d"}, "leave out future"),
    ],
)
def test_what_can_not_be_followed_is_told(text: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises((TemplateError, InvalidRequest)) as caught:
        compiled(field("start", "date"), field("n", "number"), after(text, **options))
    assert says in caught.value.message
    assert caught.value.where == {"field": "later"}


def test_a_field_that_the_other_template_lacks_is_told() -> None:
    with pytest.raises(TemplateError, match="customer has no field 'sicne'"):
        compiled(reference(), after("customer.sicne, 1d"), surroundings=Workspace(customer=CUSTOMER))


@pytest.mark.parametrize("type_name", ["date", "datetime"])
def test_an_end_cuts_the_span_off(type_name: str) -> None:
    start = field("start", type_name, **{"from": "2025-12-01", "to": "2025-12-20"})
    made = rows(compiled(start, after("start, 1d..60d", type_name, to="2025-12-31")), 2000)
    assert all(row["start"] < row["later"] for row in made)
    last = max(row["later"] for row in made)
    assert f"{last:%Y-%m-%d}" == ("2025-12-31" if type_name == "date" else "2025-12-30")
