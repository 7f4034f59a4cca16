"""street, city, zip_code, state, country, country_code, address."""

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.gazetteer import Spot, gazetteer
from dm_mcp.generation.overrides import CallableOverride, PickFrom
from tests.generation.templates import compiled, rows, values

REAL = ["de_DE", "de_AT", "fr_CH", "fr_FR", "en_GB", "en_US", "es_ES", "it_IT", "nl_NL", "pl_PL", "nl_BE", "pt_PT",
        "pt_BR", "en_CA", "fr_CA", "en_AU", "sv_SE"]  # fmt: skip
WORDS_OF_FAKER = ["ja_JP", "en_NZ", "no_NO", "cs_CZ", "en_IE", "fa_IR"]


def fields(*names: str) -> list[dict[str, Any]]:
    """Fields of the types that their names end in."""
    kinds = ("street", "country_code", "zip_code", "city", "state", "country", "address")
    return [{"name": name, "type": next(kind for kind in kinds if name.endswith(kind))} for name in names]


def spots(locale: str) -> dict[str, Spot]:
    return {spot.city: spot for spot in gazetteer(locale).spots}


@cache
def codes(spot: Spot) -> frozenset[str]:
    return frozenset(spot.zip_codes)


def in_area(zip_code: str, spot: Spot) -> bool:
    """Whether the code, or what stands before its last letters or digits, is one of the place's."""
    return zip_code in codes(spot) or re.sub(r"(-\d{3}| \d[A-Z][A-Z\d]| [A-Z]{2})$", "", zip_code) in codes(spot)


@pytest.mark.parametrize(
    ("type_name", "locale", "form"),
    [
        ("zip_code", "de_DE", r"\d{5}"),
        ("zip_code", "en_US", r"\d{5}"),
        ("zip_code", "en_GB", r"[A-Z]{1,2}\d{1,2} \d[ABD-HJLNP-UW-Z]{2}"),
        ("zip_code", "nl_NL", r"[1-9]\d{3} [A-Z]{2}"),
        ("zip_code", "en_CA", r"[A-Z]\d[A-Z] \d[ABCEGHJ-NPRSTV-Z]\d"),
        ("zip_code", "pl_PL", r"\d\d-\d{3}"),
        ("zip_code", "pt_BR", r"\d{5}-\d{3}"),
        ("zip_code", "sv_SE", r"\d{3} \d\d"),
        ("zip_code", "ja_JP", r"\d{3}-\d{4}"),
        ("street", "de_DE", r"[\w.\- /]+ [1-9][\d/-]*"),
        ("street", "en_US", r"[1-9]\d{2,4} [A-Z][A-Za-z']+ [A-Z]\w+( (Apt\.|Suite) \d{3})?"),
        ("street", "ja_JP", r"\D+\d+丁目\d+番\d+号"),
        ("city", "de_DE", r"[A-Z][^\d]+"),
        ("country", "de_DE", r"[A-ZÅÄÖÜ][^\d]+"),
        ("country_code", "de_DE", r"[A-Z]{2}"),
        ("state", "en_AU", r"[A-Z][A-Za-z ]+"),
        ("address", "de_DE", r".+ [1-9][\d/-]*, \d{5} [A-ZÄÖÜ].+"),
        ("address", "en_US", r"\d+ .+, .+, [A-Z]{2} \d{5}"),
        ("address", "en_GB", r".+, .+, [A-Z]{1,2}\d{1,2} \d[A-Z]{2}"),
        ("address", "ja_JP", r"\d{3}-\d{4} .+ .+ \D+\d+丁目\d+番\d+号"),
    ],
)
def test_places_have_the_form_of_their_country(type_name: str, locale: str, form: str) -> None:
    wrong = [value for value in values(type_name, 1000, locale=locale) if not re.fullmatch(form, value)]
    assert wrong == []


@pytest.mark.parametrize("locale", REAL)
def test_zip_code_and_state_are_those_of_the_rows_city(locale: str) -> None:
    known = spots(locale)
    for row in rows(compiled(*fields("zip_code", "city", "state"), locale=locale), 2000):
        spot = known[row["city"]]
        assert row["state"] == spot.state
        assert in_area(row["zip_code"], spot)


@pytest.mark.parametrize("locale", REAL)
def test_every_city_and_most_codes_of_a_small_city_come_up(locale: str) -> None:
    made = rows(compiled(*fields("zip_code", "city"), locale=locale), 8000)
    assert len({row["city"] for row in made}) > 0.9 * len(spots(locale))


def test_cities_come_by_their_inhabitants() -> None:
    known = spots("de_DE")
    total = sum(spot.weight for spot in known.values())
    drawn = Counter(values("city", 40_000, locale="de_DE"))
    deviations = (
        (drawn[city] - 40_000 * spot.weight / total) ** 2 / (40_000 * spot.weight / total)
        for city, spot in known.items()
    )
    assert sum(deviations) < 140  # chi-square, 91 degrees of freedom: one in a thousand lies above


@pytest.mark.parametrize("locale", WORDS_OF_FAKER)
def test_a_city_of_fakers_always_lies_in_the_same_state_and_zip_area(locale: str) -> None:
    states: dict[str, set[str]] = {}
    areas: dict[str, set[str]] = {}
    for row in rows(compiled(*fields("city", "zip_code", "state"), locale=locale), 3000):
        states.setdefault(row["city"], set()).add(row["state"])
        areas.setdefault(row["city"], set()).add(row["zip_code"][:-2])
    assert {len(found) for found in states.values()} == {1} == {len(found) for found in areas.values()}
    assert len(set[str]().union(*states.values())) > 3
    assert len(set[str]().union(*areas.values())) > 40


@pytest.mark.parametrize("city", ["Berlin", "Atlantis"])
def test_an_overridden_city_carries_its_zip_code_and_state_with_it(city: str) -> None:
    made = compiled(*fields("street", "zip_code", "city", "state", "country", "address"), locale="de_DE")
    places = gazetteer("de_DE")
    spot = places.spots[places.place_of(city)]
    for row in rows(made, 300, overrides={"city": city}):
        assert row["state"] == spot.state
        assert in_area(row["zip_code"], spot)
        assert row["address"] == f"{row['street']}, {row['zip_code']} {city}"
        assert row["country"] == "Deutschland"


@pytest.mark.parametrize(
    "override", [PickFrom(["Ulm", "Kiel"]), CallableOverride(lambda row: "Ulm"), "Ulm", PickFrom([None, "Ulm", ""])]
)
def test_any_kind_of_override_is_followed(override: Any) -> None:
    known = spots("de_DE")
    for row in rows(compiled(*fields("city", "zip_code"), locale="de_DE"), 200, overrides={"city": override}):
        assert not row["city"] or in_area(row["zip_code"], known[row["city"]])


def test_rows_without_a_city_lie_anywhere() -> None:
    made = rows(compiled(*fields("city", "state"), locale="de_DE"), 300, overrides={"city": None})
    assert len({row["state"] for row in made}) > 8


def test_a_null_city_hides_nothing_but_itself() -> None:
    city, zip_code = fields("city", "zip_code")
    full = rows(compiled(city, zip_code, locale="de_DE"), 200)
    some = rows(compiled({**city, "optional": 0.5}, zip_code, locale="de_DE"), 200)
    assert [row["zip_code"] for row in some] == [row["zip_code"] for row in full]
    assert {row["city"] for row in some} > {None}


def test_places_of_one_group_go_together() -> None:
    names = ("shipping_city", "billing_zip_code", "billing_city", "shipping_zip_code", "billing_state")
    known = spots("fr_FR")
    made = rows(compiled(*fields(*names), locale="fr_FR"), 500)
    for row in made:
        assert in_area(row["shipping_zip_code"], known[row["shipping_city"]])
        assert in_area(row["billing_zip_code"], known[row["billing_city"]])
        assert row["billing_state"] == known[row["billing_city"]].state
    assert sum(row["billing_city"] == row["shipping_city"] for row in made) < 250


def test_fields_of_other_names_go_with_the_first_city() -> None:
    template = [{"name": "Ort", "type": "city"}, {"name": "PLZ", "type": "zip_code"}]
    known = spots("de_DE")
    assert all(in_area(row["PLZ"], known[row["Ort"]]) for row in rows(compiled(*template, locale="de_DE"), 300))


def test_another_field_for_places_changes_no_city() -> None:
    alone = rows(compiled(*fields("city"), locale="de_DE"), 300)
    together = rows(compiled(*fields("zip_code", "city", "state", "address"), locale="de_DE"), 300)
    assert [row["city"] for row in alone] == [row["city"] for row in together]


def test_without_a_city_a_zip_code_lies_in_the_rows_state() -> None:
    areas: dict[str, list[Spot]] = {}
    for spot in gazetteer("en_US").spots:
        areas.setdefault(spot.state, []).append(spot)
    made = compiled(*fields("state", "zip_code"), locale="en_US")
    for row in [*rows(made, 1000), *rows(made, 100, overrides={"state": "Vermont"})]:
        assert any(in_area(row["zip_code"], spot) for spot in areas[row["state"]])


def test_a_zip_code_alone_is_that_of_a_real_city() -> None:
    known = spots("de_DE").values()
    assert all(any(in_area(code, spot) for spot in known) for code in values("zip_code", 200, locale="de_DE"))


def test_a_zip_code_may_have_a_form_of_its_own() -> None:
    assert all(re.fullmatch(r"\d{5}-\d{4}", code) for code in values("zip_code", options={"format": "#####-####"}))
    with pytest.raises(TemplateError, match="format '#, #' has a quote, a comma"):
        values("zip_code", options={"format": "#, #"})


def test_a_state_may_be_a_code() -> None:
    made = rows(compiled(*fields("city"), {"name": "s", "type": "state", "options": {"format": "code"}}), 200)
    known = spots("en_US")
    assert all(row["s"] == known[row["city"]].code for row in made)
    with pytest.raises(TemplateError, match="no codes of states are known for locale 'it_IT'"):
        values("state", options={"format": "code"}, locale="it_IT")


def test_a_country_is_the_locales_own_beside_a_city_and_any_without() -> None:
    own = rows(compiled(*fields("city", "country", "country_code"), locale="de_CH"), 50)
    assert {(row["country"], row["country_code"]) for row in own} == {("Schweiz", "CH")}
    assert len(set(values("country", 1000, locale="de_CH"))) > 150
    assert len(set(values("country_code", 1000, locale="de_CH"))) > 150
    born = rows(compiled(*fields("city", "birth_country"), locale="de_CH"), 500)
    assert len({row["birth_country"] for row in born}) > 100


@pytest.mark.parametrize("locale", ["de_DE", "en_US", "ja_JP"])
def test_an_address_is_made_of_the_rows_own_fields(locale: str) -> None:
    for row in rows(compiled(*fields("address", "street", "zip_code", "city"), locale=locale), 300):
        assert all(row[name] in row["address"] for name in ("street", "zip_code", "city"))


def test_an_address_draws_what_is_not_there_to_go_with_the_rest() -> None:
    known = spots("de_DE")
    for row in rows(compiled(*fields("address", "city"), locale="de_DE"), 300):
        match = re.fullmatch(r".+, (\d{5}) (.+)", row["address"])
        assert match is not None
        assert match[2] == row["city"]
        assert in_area(match[1], known[row["city"]])
    for row in rows(compiled(*fields("address", "state"), locale="en_US"), 300):
        match = re.fullmatch(r".+, (.+), ([A-Z]{2}) (\d{5})", row["address"])
        assert match is not None
        spot = spots("en_US")[match[1]]
        assert (spot.state, spot.code) == (row["state"], match[2])
        assert in_area(match[3], spot)
