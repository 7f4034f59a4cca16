"""noise: a share of the values is wrong on purpose, the rest is as it was."""

from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from tests.generation.templates import Workspace, compiled, field, rows

COUNT = 4000


def noisy(noise: Any, **more: Any) -> tuple[list[Any], list[Any]]:
    """City and name of each row, without and with the noise of the city."""
    fields = [field("city", "city"), field("name", "last_name")]
    plain = rows(compiled(*fields), COUNT)
    return plain, rows(compiled({**fields[0], "noise": noise, **more}, fields[1]), COUNT)


@pytest.mark.parametrize("kind", ["typo", "truncation", "mojibake"])
def test_the_share_of_the_values_is_wrong_and_the_rest_is_as_it_was(kind: str) -> None:
    plain, made = noisy({"share": 0.1, "kinds": [kind]})
    wrong = [(a["city"], b["city"]) for a, b in zip(plain, made, strict=True) if a["city"] != b["city"]]
    assert 0.08 * COUNT < len(wrong) < 0.12 * COUNT
    assert [row["name"] for row in plain] == [row["name"] for row in made]


def test_a_number_is_the_share_of_all_kinds_but_swaps() -> None:
    plain, made = noisy(0.5)
    changed = sum(a["city"] != b["city"] for a, b in zip(plain, made, strict=True))
    assert 0.45 * COUNT < changed < 0.55 * COUNT
    assert [row["name"] for row in plain] == [row["name"] for row in made]


def test_a_truncated_value_is_the_beginning_of_the_right_one() -> None:
    plain, made = noisy({"share": 1, "kinds": ["truncation"]})
    for before, after in zip(plain, made, strict=True):
        assert 0 < len(after["city"]) < len(before["city"])
        assert before["city"].startswith(after["city"])


def test_mojibake_is_utf_8_read_as_latin_1() -> None:
    city = field("city", "enum", values=["Köln", "Gießen"])
    made = rows(compiled({**city, "noise": {"share": 1, "kinds": ["mojibake"]}}), 50)
    assert {row["city"].encode("latin-1").decode() for row in made} == {"Köln", "Gießen"}


def test_a_typo_is_off_by_a_letter() -> None:
    _, made = noisy({"share": 1, "kinds": ["typo"]})
    plain, _ = noisy(0)
    assert {len(b["city"]) - len(a["city"]) for a, b in zip(plain, made, strict=True)} == {-1, 0, 1}


def test_a_swap_changes_the_values_of_two_fields_in_a_row() -> None:
    plain, made = noisy({"share": 0.2, "swap_with": "name", "kinds": ["swap"]})
    swapped = [(a, b) for a, b in zip(plain, made, strict=True) if a != b]
    assert 0.16 * COUNT < len(swapped) < 0.24 * COUNT
    assert all((b["city"], b["name"]) == (a["name"], a["city"]) for a, b in swapped)


def test_a_swap_takes_a_null_with_it() -> None:
    fields = [field("a", "enum", values=["x"]), {**field("b", "enum", values=["y"]), "optional": 0.5}]
    fields[0]["noise"] = {"share": 0.5, "swap_with": "b"}
    made = [(row["a"], row["b"]) for row in rows(compiled(*fields), 400)]
    assert {("x", "y"), ("y", "x"), ("x", None), (None, "x")} <= set(made)


def test_other_fields_are_made_of_what_was_there_before_the_noise() -> None:
    name = field("last_name", "last_name")
    plain = rows(compiled(name, field("email", "email")), 200)
    made = rows(compiled({**name, "noise": 1}, field("email", "email")), 200)
    assert [row["email"] for row in plain] == [row["email"] for row in made]


def test_nulls_and_empty_texts_stay_what_they_are() -> None:
    _, made = noisy(1, optional=0.3)
    assert 0.25 * COUNT < sum(row["city"] is None for row in made) < 0.35 * COUNT
    empty = {**field("a", "enum", values=[""]), "noise": 1}
    assert {row["a"] for row in rows(compiled(empty), 20)} == {""}


def test_an_override_is_left_alone() -> None:
    made = compiled({**field("city", "city"), "noise": 1})
    assert {row["city"] for row in rows(made, 20, overrides={"city": "Ulm"})} == {"Ulm"}


@pytest.mark.parametrize(
    ("noise", "says"),
    [
        (2, "less than or equal to 1"),
        ({"share": 0.1, "kinds": ["swap"]}, "needs swap_with"),
        ({"share": 0.1, "swap_with": "nmae"}, "there is no other field 'nmae'"),
        ({"share": 0.1, "swap_with": "city"}, "there is no other field 'city'"),
        ({"share": 0.1, "kinds": ["typo"], "swap_with": "name"}, "kinds has no 'swap'"),
        ({"share": 0.1, "kinds": ["smudge"]}, "noise.kinds"),
    ],
)
def test_noise_that_makes_no_sense_is_told(noise: Any, says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        noisy(noise)


def test_noise_is_for_text() -> None:
    with pytest.raises(TemplateError, match="noise is for text, and the field holds values of type integer"):
        compiled({**field("n", "number"), "noise": 0.1})


def test_a_swap_with_an_override_is_left_out() -> None:
    city = {**field("city", "city"), "noise": {"share": 1, "swap_with": "name", "kinds": ["swap"]}}
    made = rows(compiled(city, field("name", "last_name")), 50, overrides={"name": "Meier"})
    assert {row["name"] for row in made} == {"Meier"}
    assert "Meier" not in {row["city"] for row in made}


@pytest.mark.parametrize(
    ("partner", "says"),
    [
        (field("name", "number"), "noise swaps text, and 'name' holds values of type integer"),
        ({**field("name", "enum", values=["a"]), "unique": True}, "a swap can make two values of 'name' alike"),
        ({**field("name", "last_name"), "sensitive": True}, "is sensitive, and a swap would show its values"),
    ],
)
def test_a_partner_that_can_not_be_swapped_with_is_told(partner: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says) as caught:
        compiled({**field("city", "city"), "noise": {"share": 0.1, "swap_with": "name"}}, partner)
    assert caught.value.where == {"field": "city"}


@pytest.mark.parametrize("noise", [1, {"share": 0.5, "swap_with": "name"}])
def test_others_refer_to_the_values_that_the_rows_show(noise: Any) -> None:
    parent = [{**field("city", "city"), "noise": noise}, field("name", "last_name")]
    shop = Workspace(parent=parent)
    shown = {row["city"] for row in rows(shop.compiled("parent"), 100)}
    child = field("city", "reference", template_id="parent", field="city")
    assert {row["city"] for row in rows(compiled(child, surroundings=shop), 200)} <= shown


def test_what_a_templates_own_rows_refer_to_has_no_noise() -> None:
    boss = field("boss", "reference", template_id="tmpl_test", field="code")
    with pytest.raises(TemplateError, match="rows of the template refer to this field"):
        compiled({**field("code", "random_string"), "noise": 0.1}, boss)
