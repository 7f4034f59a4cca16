"""The cities of a country with their states and zip codes."""

import re

import numpy as np
import pytest

from dm_mcp.generation.gazetteer import country_code, country_name, gazetteer
from dm_mcp.generation.vocabulary import vocabulary

FORMS = {
    "de_DE": r"\d{5}",
    "de_AT": r"[1-9]\d{3}",
    "de_CH": r"[1-9]\d{3}",
    "fr_FR": r"\d{5}",
    "fr_BE": r"[1-9]\d{3}",
    "nl_BE": r"[1-9]\d{3}",
    "nl_NL": r"[1-9]\d{3}",
    "en_GB": r"[A-Z]{1,2}\d{1,2}",
    "es_ES": r"\d{5}",
    "pt_PT": r"[1-9]\d{3}",
    "it_IT": r"\d{5}",
    "pl_PL": r"\d\d-\d{3}",
    "sv_SE": r"[1-9]\d\d \d\d",
    "en_US": r"\d{5}",
    "en_CA": r"[A-Z]\d[A-Z]",
    "fr_CA": r"[A-Z]\d[A-Z]",
    "pt_BR": r"\d{5}",
    "en_AU": r"\d{4}",
}
STATES = {"de_DE": 16, "de_AT": 9, "de_CH": 26, "fr_FR": 13, "nl_NL": 12, "pl_PL": 16, "en_US": 51, "pt_BR": 27,
          "en_CA": 13, "en_AU": 8, "it_IT": 20, "es_ES": 19, "sv_SE": 21, "en_GB": 4}  # fmt: skip


@pytest.mark.parametrize("locale", FORMS)
def test_a_list_has_real_cities_whose_codes_have_the_countrys_form(locale: str) -> None:
    spots = gazetteer(locale).spots
    assert len(spots) > 50
    assert len({spot.city for spot in spots}) == len(spots)
    for spot in spots:
        assert spot.weight > 0
        assert spot.state
        assert spot.zip_codes
        assert all(re.fullmatch(FORMS[locale], code) for code in spot.zip_codes), spot


@pytest.mark.parametrize("locale", FORMS)
def test_no_code_belongs_to_two_cities(locale: str) -> None:
    codes = [code for spot in gazetteer(locale).spots for code in spot.zip_codes]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("locale", STATES)
def test_a_list_has_a_city_in_every_state(locale: str) -> None:
    assert len({spot.state for spot in gazetteer(locale).spots}) == STATES[locale]


def test_codes_of_a_state_are_its_own() -> None:
    for locale in FORMS:
        spots = gazetteer(locale).spots
        pairs = {(spot.state, spot.code) for spot in spots if spot.code}
        assert len({state for state, _ in pairs}) == len({code for _, code in pairs}) == len(pairs)


def test_the_first_digits_of_a_spanish_code_are_the_province() -> None:
    provinces = {spot.city: {code[:2] for code in spot.zip_codes} for spot in gazetteer("es_ES").spots}
    assert provinces["Madrid"] == {"28"}
    assert all(len(prefixes) == 1 for prefixes in provinces.values())


def test_both_ends_of_a_range_are_included_and_areas_are_put_together() -> None:
    spots = {spot.city: spot.zip_codes for spot in gazetteer("pl_PL").spots}
    assert (spots["Warszawa"][0], spots["Warszawa"][-1]) == ("00-001", "04-999")
    london = next(spot for spot in gazetteer("en_GB").spots if spot.city == "London").zip_codes
    assert {"E1", "E18", "N1", "NW11", "SW20"} < set(london)
    assert "SW1" not in london  # it has a letter more: SW1A


def test_an_unknown_city_always_has_the_same_place() -> None:
    places = gazetteer("de_DE")
    assert places.place_of("Atlantis") == places.place_of(" Atlantis ")
    assert len({places.place_of(f"New Atlantis {i}") for i in range(2000)}) > 80
    assert places.spots[places.place_of("Reutlingen")].state == "Baden-Württemberg"
    assert places.place_of(" ") == -1


def test_a_state_is_known_by_its_name_and_its_code() -> None:
    places = gazetteer("en_US")
    assert places.state_of("California") == places.state_of("CA")
    assert places.abbreviated("California") == "CA"
    assert places.abbreviated("Ruritania") == "Ruritania"
    assert places.state_of("") == -1


def test_places_in_a_state_are_in_it() -> None:
    places = gazetteer("en_US")
    words = np.arange(2000, dtype=np.uint64) * np.uint64(2**53)
    drawn = places.place_in(np.full(2000, places.state_of("Texas"), np.int64), words)
    assert {places.spots[int(i)].city for i in drawn} == {
        "Houston", "San Antonio", "Dallas", "Austin", "Fort Worth", "El Paso"
    }  # fmt: skip


def test_swiss_locales_share_one_country_and_quebec_has_its_own_names() -> None:
    assert gazetteer("fr_CH").spots == gazetteer("de_CH").spots == gazetteer("it_CH").spots
    assert "Montréal" in {spot.city for spot in gazetteer("fr_QC").spots}
    assert "Montreal" in {spot.city for spot in gazetteer("en_CA").spots}


@pytest.mark.parametrize("locale", ["ja_JP", "he_IL", "ka_GE", "zh_TW", "en_NZ", "no_NO", "hu_HU", "en_KE", "la"])
def test_any_other_locale_has_places_with_states_and_zip_codes(locale: str) -> None:
    places = gazetteer(locale)
    assert len(places.spots) > 50
    assert all(spot.state and spot.zip_codes for spot in places.spots)


@pytest.mark.parametrize(
    ("locale", "code", "name"),
    [
        ("de_DE", "DE", "Deutschland"),
        ("fr_CH", "CH", "Suisse"),
        ("de", "DE", "Deutschland"),
        ("en", "US", "United States"),
        ("es_CA", "ES", "España"),
        ("fr_QC", "CA", "Canada"),
        ("ja_JP", "JP", "日本"),
        ("la", None, None),
    ],
)
def test_a_locale_has_a_country_with_a_name_in_its_language(locale: str, code: str | None, name: str | None) -> None:
    assert (country_code(locale), country_name(locale)) == (code, name)


def test_names_of_countries_are_written_as_faker_writes_them_where_it_has_them() -> None:
    for locale in ("de_DE", "de_AT", "fr_FR", "es_ES", "ja_JP"):
        assert country_name(locale) in vocabulary(locale).words("address", "country")
