"""reference: values of other templates' rows."""

from collections import Counter
from typing import Any

import pytest

from dm_mcp.errors import GenerationError, TemplateError
from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import BLOCK, Workspace, compiled, field, rows, template

CUSTOMER = [field("id", "uuid"), field("name", "first_name"), field("since", "date")]


def reference(name: str = "customer_id", target: str = "id", **options: Any) -> dict[str, Any]:
    return field(name, "reference", **{"template_id": "tmpl_customer", "field": target, **options})


def orders(*fields: dict[str, Any]) -> Any:
    return compiled(*fields, surroundings=Workspace(tmpl_customer=CUSTOMER))


def customers(count: int, seed: int = 7) -> list[dict[str, Any]]:
    surroundings = Workspace(tmpl_customer=CUSTOMER)
    return rows(compile_template(surroundings.template("tmpl_customer"), surroundings), count, seed)


def test_the_values_are_those_that_the_same_seed_gives_the_other_template() -> None:
    ids = [customer["id"] for customer in customers(20)]
    made = Counter(row["customer_id"] for row in rows(orders(reference(rows=20)), 4000))
    assert set(made) == set(ids)
    assert all(140 < count < 260 for count in made.values())


def test_a_zipf_reference_takes_the_first_rows_far_more_often() -> None:
    ids = [customer["id"] for customer in customers(10)]
    made = Counter(row["customer_id"] for row in rows(orders(reference(rows=10, pick="zipf")), 10_000))
    total = sum(1 / rank for rank in range(1, 11))
    for rank, id_ in enumerate(ids, 1):
        expected = 10_000 / rank / total
        assert abs(made[id_] - expected) < 5 * expected**0.5


def test_each_row_is_taken_once_if_so_asked() -> None:
    made = [row["customer_id"] for row in rows(orders(reference(rows=BLOCK + 5, pick="each_once")), BLOCK + 5)]
    assert len(set(made)) == BLOCK + 5
    assert made != [customer["id"] for customer in customers(BLOCK + 5)]


def test_more_rows_than_can_be_taken_once_are_told_beforehand() -> None:
    with pytest.raises(GenerationError, match="tmpl_customer has 100 rows to refer to once each, 101 asked"):
        orders(reference(pick="each_once")).blocks(101, 1)


def test_several_fields_of_one_row_are_kept_together() -> None:
    known = {customer["id"]: customer for customer in customers(100)}
    fields = [
        reference(),
        reference("name", "name", same_row_as="customer_id"),
        reference("since", "since", same_row_as="customer_id"),
    ]
    for row in rows(orders(*fields), 500):
        assert known[row["customer_id"]] == {"id": row["customer_id"], "name": row["name"], "since": row["since"]}


def test_two_references_pick_their_rows_for_themselves() -> None:
    made = rows(orders(reference("buyer"), reference("seller")), 500)
    assert sum(row["buyer"] == row["seller"] for row in made) < 20


def test_it_holds_what_the_other_field_holds() -> None:
    made = orders(reference(), reference("since", "since"))
    assert [spec.type for spec in made.schema] == [ColumnType.UUID, ColumnType.DATE]


def test_few_rows_are_the_first_of_many() -> None:
    made = orders(reference(), reference("once", rows=2 * BLOCK, pick="each_once"))
    assert rows(made, 20) == rows(made, BLOCK + 1)[:20]


EMPLOYEE = [
    field("id", "sequence"),
    field("boss", "reference", template_id="tmpl_test", field="id"),
    field("name", "first_name"),
    field("boss_name", "reference", template_id="tmpl_test", field="name", same_row_as="boss"),
]


@pytest.mark.parametrize("pick", ["uniform", "zipf"])
def test_a_template_refers_to_its_own_earlier_rows_and_the_first_to_none(pick: str) -> None:
    fields = [EMPLOYEE[0], {**EMPLOYEE[1], "options": {**EMPLOYEE[1]["options"], "pick": pick}}, *EMPLOYEE[2:]]
    made = rows(compiled(*fields), BLOCK + 500)
    assert made[0]["boss"] is made[0]["boss_name"] is None
    names = {row["id"]: row["name"] for row in made}
    assert all(row["boss"] < row["id"] and names[row["boss"]] == row["boss_name"] for row in made[1:])
    assert len({row["boss"] for row in made[BLOCK:]}) > 100


def test_a_template_that_refers_to_itself_is_the_same_however_much_of_it_is_asked_for() -> None:
    made = compiled(*EMPLOYEE)
    assert rows(made, BLOCK + 100)[:50] == rows(made, 50)


def test_only_so_many_rows_are_kept_to_refer_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dm_mcp.generation.compiled.LOOK_BACK", 1)
    made = rows(compiled(*EMPLOYEE), 3 * BLOCK)
    assert min(row["boss"] for row in made[2 * BLOCK :]) > BLOCK
    assert all(row["boss"] < row["id"] for row in made[1:])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"template_id": "tmpl_none"}, "no template 'tmpl_none'"),
        ({"field": "idd"}, "tmpl_customer has no field 'idd'"),
        ({"pick": "twice"}, "option 'pick'"),
        ({"rows": 0}, "option 'rows'"),
        ({"same_row_as": "n"}, "same_row_as names 'n', which is no reference to tmpl_customer"),
        ({"same_row_as": "m"}, "a field 'm' that is not there"),
        ({"same_row_as": "n", "pick": "zipf"}, "pick has no say"),
        ({"template_id": "tmpl_test", "field": "n", "pick": "each_once"}, "its own rows once"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says) as caught:
        orders(field("n", "number"), reference(**options))
    assert caught.value.where == {"field": "customer_id"}


def test_templates_that_refer_to_each_other_in_a_circle_are_told() -> None:
    one = [field("a", "reference", template_id="two", field="a")]
    two = [field("a", "reference", template_id="one", field="a")]
    surroundings = Workspace(one=one, two=two)
    with pytest.raises(TemplateError, match="refer to each other in a circle"):
        compile_template(template(*one), surroundings)


def test_a_reference_inside_nested_objects_takes_rows_too() -> None:
    ids = {customer["id"] for customer in customers(100)}
    made = orders(field("items", "nested", fields=[reference()], count=3))
    assert {item["customer_id"] for row in rows(made, 100) for item in row["items"]} <= ids
