"""Faker's words and formats, locale by locale."""

from importlib import import_module

import numpy as np
import pytest
from faker import Faker

from dm_mcp.generation.columns import TextColumn
from dm_mcp.generation.phrases import Phrase, Vocables
from dm_mcp.generation.registry import BlockContext
from dm_mcp.generation.render.values import to_python
from dm_mcp.generation.streams import Stream
from dm_mcp.generation.vocabulary import LOCALES, SAMPLES, vocabulary


def texts(phrase: Phrase, rows: int = 2000) -> list[str]:
    def no_column(name: str) -> TextColumn:
        raise KeyError(name)

    context = BlockContext(0, rows, Stream(5, "t", "f"), no_column)
    return to_python(TextColumn(phrase.parts(context)), rows)


def test_names_come_with_their_weights() -> None:
    data = import_module("faker.providers.person.en_US").Provider.last_names
    drawn = texts(vocabulary("en_US").phrase("person", "last_name"), 40_000)
    assert set(drawn) <= set(data)
    assert drawn.count("Smith") == pytest.approx(40_000 * data["Smith"] / sum(data.values()), rel=0.15)


@pytest.mark.parametrize("locale", ["de_DE", "en_US", "es_ES"])
@pytest.mark.parametrize("method", ["phone_number", "postcode", "building_number"])
def test_a_traced_format_gives_every_shape_that_faker_gives(locale: str, method: str) -> None:
    kind = "phone_number" if method == "phone_number" else "address"
    faker = Faker(locale)
    faker.seed_instance(1)
    ours = {shape(text) for text in texts(vocabulary(locale).phrase(kind, method), 4000)}
    theirs = {shape(getattr(faker, method)()) for _ in range(2000)}
    assert theirs == ours


def shape(text: str) -> str:
    return "".join("9" if char.isdigit() else char for char in text)


def test_a_house_number_does_not_start_with_zero() -> None:
    assert not [text for text in texts(vocabulary("en_US").phrase("address", "building_number")) if text[0] == "0"]


def test_a_street_follows_the_locale() -> None:
    assert all(text[0].isdigit() for text in texts(vocabulary("en_US").street()))
    assert all(text[-1].isdigit() for text in texts(vocabulary("de_DE").street()))
    assert all(text.endswith("号") and "丁目" in text for text in texts(vocabulary("ja_JP").street()))
    assert {", " in text for text in texts(vocabulary("fr_FR").street())} == {True, False}


def test_an_address_of_several_lines_becomes_one() -> None:
    assert any(text.startswith(("Flat ", "Studio ")) and ", " in text for text in texts(vocabulary("en_GB").street()))


def test_a_method_that_can_not_be_traced_is_sampled() -> None:
    phrase = vocabulary("ja_JP").phrase("address", "postcode")
    ((_, (atom,)),) = phrase.alternatives
    assert isinstance(atom, Vocables)
    assert SAMPLES * 0.9 < len(atom.words) <= SAMPLES
    assert all(len(word) == 8 and word[3] == "-" for word in atom.words)


def test_samples_are_the_same_in_a_vocabulary_read_anew() -> None:
    again = vocabulary.__wrapped__("ja_JP")
    assert texts(again.phrase("address", "postcode")) == texts(vocabulary("ja_JP").phrase("address", "postcode"))


def test_a_missing_locale_falls_back_visibly() -> None:
    assert vocabulary("de_DE").fallback == {}
    kinds = {"company": "de_DE", "job": "de_DE", "color": "de_DE"}
    assert vocabulary("de_LU").fallback == {"address": "de_DE", **kinds}
    assert vocabulary("de").fallback == {"address": "de_DE", "person": "de_DE", "phone_number": "de_DE", **kinds}
    assert set(vocabulary("en_KE").fallback) == {"address", "phone_number", "company", "job", "color"}
    assert set(vocabulary("en_KE").fallback.values()) == {"en_US"}


def test_a_word_that_a_fallback_needs_is_of_the_fallback_too() -> None:
    cities = texts(vocabulary("ar_SA").phrase("address", "city"))
    assert all(city.isascii() for city in cities)


def test_names_without_a_space_at_their_edge_even_where_faker_has_one() -> None:
    data = import_module("faker.providers.person.az_AZ").Provider.first_names
    assert any(name != name.strip() for name in data)
    assert all(name == name.strip() for name in vocabulary("az_AZ").words("person", "first_name"))


def test_running_text_has_the_connector_of_the_language() -> None:
    assert vocabulary("ja_JP").sentence()[1] == ""
    assert vocabulary("de_DE").sentence()[1] == " "


def test_japanese_names_are_known_in_latin_letters() -> None:
    romanised = vocabulary("ja_JP").romanised()
    assert romanised["佐藤"] == "Sato"
    assert vocabulary("en_US").romanised() == {}


def test_there_are_more_than_a_hundred_locales() -> None:
    assert {"de_DE", "en_US", "ja_JP"} < LOCALES
    assert len(LOCALES) > 100


def test_few_rows_of_a_phrase_are_the_first_of_many() -> None:
    phrase = vocabulary("fr_FR").street()
    assert texts(phrase, 10) == texts(phrase, 500)[:10]


def test_all_alternatives_of_a_phrase_are_drawn_by_weight() -> None:
    phrase = vocabulary("fr_FR").street()
    drawn = texts(phrase, 20_000)
    numbered = np.mean([text[0].isdigit() for text in drawn])
    assert numbered == pytest.approx(5 / 6, abs=0.015)  # five of six formats start with the number
