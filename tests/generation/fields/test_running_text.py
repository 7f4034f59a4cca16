"""words."""

from tests.generation.templates import values


def test_as_many_words_as_asked_for() -> None:
    assert {len(text.split(" ")) for text in values("words", 200, {"count": 4}, locale="de_DE")} == {4}
    assert {len(text.split(" ")) for text in values("words", 200)} == {3}


def test_japanese_words_have_no_spaces_between() -> None:
    assert not any(" " in text for text in values("words", 200, locale="ja_JP"))
