"""Names as plain ASCII."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.slugs import slugger


@pytest.mark.parametrize(
    ("locale", "name", "slug"),
    [
        ("de_DE", "Jürgen", "juergen"),
        ("de_DE", "Weiß", "weiss"),
        ("fr_FR", "Jean-François", "jean-francois"),
        ("en_US", "O'Brien", "obrien"),
        ("en_US", "van Dyke", "van-dyke"),
        ("pl_PL", "Łukasz", "lukasz"),
        ("tr_TR", "I\N{LATIN SMALL LETTER S WITH CEDILLA}\N{LATIN SMALL LETTER DOTLESS I}l", "isil"),
        ("ru_RU", "Щербакова", "shcherbakova"),
        ("ru_RU", "Юрий", "yuriy"),
        ("el_GR", "Θεοδώρα", "theodora"),
        ("ko_KR", "성민", "seongmin"),
        ("ja_JP", "佐藤", "sato"),
        ("ja_JP", "カナ", "kana"),
        ("en_US", "Dr. ", "dr."),
        ("en_US", " Jr", ".jr"),
        ("en_US", "Agent 7", "agent-7-"),
        ("en_US", "", ""),
        ("en_US", "  ", ""),
    ],
)
def test_a_name_is_written_in_latin_letters(locale: str, name: str, slug: str) -> None:
    assert slugger(locale)(name) == slug


def test_a_name_without_a_transcription_gets_a_stand_in_that_stays() -> None:
    slug = slugger("zh_CN")
    assert re.fullmatch("[a-z]+", slug("刘"))
    assert slug("刘") == slug("刘")
    assert len({slug(name) for name in "刘梁王李张陈杨黄"}) > 4


@given(st.text(min_size=1))
def test_a_slug_is_plain_never_empty_and_never_ends_in_a_digit(name: str) -> None:
    slug = slugger("en_US")(name)
    assert re.fullmatch(r"\.?[a-z0-9-]*[a-z-]\.?|", slug)
    assert bool(slug) == bool(name.strip())


def test_the_function_of_a_locale_is_the_same_at_each_call() -> None:
    assert slugger("de_DE") is slugger("de_DE")
