"""words, lorem."""

import re
from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from tests.generation.templates import BLOCK, values


def test_as_many_words_as_asked_for() -> None:
    assert {len(text.split(" ")) for text in values("words", 200, {"count": 4}, locale="de_DE")} == {4}
    assert {len(text.split(" ")) for text in values("words", 200)} == {3}


def test_japanese_words_have_no_spaces_between() -> None:
    assert not any(" " in text for text in values("words", 200, locale="ja_JP"))


def test_lorem_is_as_many_sentences_as_asked_for() -> None:
    for text in values("lorem", 300, {"lines": 4}):
        sentences = re.fullmatch(r"(.+)\. (.+)\. (.+)\. (.+)\.", text)
        assert sentences
        for sentence in sentences.groups():
            assert sentence[0].isupper()
            assert 4 <= len(sentence.split(" ")) <= 9


def test_sentences_are_of_every_length_and_of_the_locales_words() -> None:
    made = values("lorem", 2000, {"lines": 1})
    assert {len(text.split(" ")) for text in made} == set(range(4, 10))
    assert len({text.split(" ")[0] for text in made}) > 300
    assert any("ß" in text for text in values("lorem", 300, locale="de_DE"))


def test_japanese_sentences_have_their_own_full_stop_and_no_spaces() -> None:
    for text in values("lorem", 200, {"lines": 2}, locale="ja_JP"):
        assert text.count("。") == 2
        assert text.endswith("。")
        assert " " not in text


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("words", {"count": 0}, "option 'count' of type 'words'"),
        ("lorem", {"lines": 0}, "option 'lines' of type 'lorem'"),
        ("lorem", {"lines": 51}, "option 'lines' of type 'lorem'"),
        ("lorem", {"sentences": 2}, "unknown option 'sentences' of type 'lorem'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize("type_name", ["words", "lorem"])
def test_few_rows_are_the_first_of_many(type_name: str) -> None:
    many = values(type_name, BLOCK + 20)
    assert values(type_name, 20) == many[:20]
    assert many[:20] != many[BLOCK:]
