"""random_string, regex, null."""

import re
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dm_mcp.errors import TemplateError
from dm_mcp.generation.codes import MOST_NUMBERED
from dm_mcp.generation.columns import Picked, TextColumn
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import BLOCK, compiled, numbered, rows, values


def test_a_random_string_has_a_length_between_its_ends() -> None:
    made = values("random_string", options={"min": 2, "max": 5})
    assert {len(text) for text in made} == {2, 3, 4, 5}
    assert all(text.isalnum() and text.isascii() for text in made)


@pytest.mark.parametrize(
    ("alphabet", "chars"),
    [
        ("alphanumeric", string.ascii_letters + string.digits),
        ("letters", string.ascii_letters),
        ("lower", string.ascii_lowercase),
        ("upper", string.ascii_uppercase),
        ("digits", string.digits),
        ("hex", "0123456789abcdef"),
    ],
)
def test_a_random_string_uses_all_of_its_alphabet(alphabet: str, chars: str) -> None:
    made = values("random_string", options={"min": 0, "max": 9, "alphabet": alphabet})
    assert set("".join(made)) == set(chars)
    assert "" in made


def test_random_strings_can_be_numbered() -> None:
    made = numbered("random_string", {"min": 1, "max": 2, "alphabet": "digits"})
    assert (made.count, made.reason) == (110, "1 to 2 characters (digits)")
    assert set(made.values) == {*string.digits, *(f"{n:02}" for n in range(100))}
    long = numbered("random_string", {"min": 40, "max": 40})
    assert (long.count, long.reason) == (MOST_NUMBERED, "40 characters (alphanumeric)")
    assert len(set(long.values)) == 1000


PATTERNS = [
    r"[A-Z]{3}-\d{4}",
    r"(?:foo|bar|)\s?\w+",
    r"^a*?(?P<name>b|cd)+$",
    r"[^a-z\d]{2,4}.",
    r"[]x^-]{3}[a\-z][\]\\]",
    r"\x41\u00e9\t\101\.\0600?",
    r"\bfoo\b \B.\B",
    r"\w\b.\b.",
    r"[äöü]{2}[\u4e00-\u4e10]",
    r"a{,2}b{2,}c{0}{",
    r"(?#note)x{}y{,z}",
    r"(\w+\s?){1,8}",
    r"((a|b)?(c|d)*){2,6}",
    r"\"[,;'|]\\",
    r"()",
    r"\A\Z",
    r"a$\n",
    r"(^a|b)c",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_text_matches_its_pattern_as_a_whole(pattern: str) -> None:
    made = values("regex", 300, {"pattern": pattern})
    assert [text for text in made if not re.fullmatch(pattern, text)] == []


chars = st.sampled_from([*"abc01_ -.", r"\d", r"\w", r"\s", r"\.", ".", "[a-c]", "[^a-c]", "é", r"\n", ";", r"\\"])
edges = st.sampled_from(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
repeats = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{,2}", "{2,}", "*?", "+?"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.lists(inner, max_size=4).map("".join)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})")
        | st.tuples(inner, repeats).map(lambda pair: f"(?:{pair[0]}){pair[1]}")
    )


@given(st.recursive(chars | edges, larger, max_leaves=8), st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_texts_of_any_pattern_match_it_or_nothing_does(pattern: str, seed: int) -> None:
    try:
        made = values("regex", 20, {"pattern": pattern}, seed=seed)
    except TemplateError as error:
        assert "nothing satisfies" in error.message or "is the most" in error.message
        return
    assert [text for text in made if not re.fullmatch(pattern, text)] == []
    counted = numbered("regex", {"pattern": pattern})
    assert len(set(counted.values)) == len(counted.values)
    assert all(re.fullmatch(pattern, text) for text in counted.values)


def test_alternatives_and_lengths_are_as_likely_as_each_other() -> None:
    made = values("regex", 6000, {"pattern": "(?:a|bb|[c-z]{3})(x{0,2})"})
    for start in ("a", "bb"):
        for length in range(3):
            assert 560 < made.count(start + "x" * length) < 780


def test_open_repetitions_end() -> None:
    lengths = {len(text) for text in values("regex", 3000, {"pattern": "a*"})}
    assert lengths == set(range(11))
    assert {len(text) for text in values("regex", 3000, {"pattern": "a+"})} == set(range(1, 11))
    assert {len(text) for text in values("regex", 3000, {"pattern": "a{3,}"})} == set(range(3, 14))


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        (r"[A-Z]{3}-\d{4}", 26**3 * 10**4),
        (r"[AB]{1,2}|\d", 16),
        (r"a|a|b", 2),
        (r"x?", 2),
        (r"[a-z]{2,4}\d", (26**2 + 26**3 + 26**4) * 10),
        (r"\d{30}", MOST_NUMBERED),
        (r"\w\b-", 63),
        (r"[ab]|[bc]", None),
        (r"a?[ab]?", None),
        (r"(\w+\s?){1,8}", None),
    ],
)
def test_texts_that_match_are_counted_where_each_has_one_parse(pattern: str, count: int | None) -> None:
    made = numbered("regex", {"pattern": pattern})
    assert made.count == count
    assert len(set(made.values)) == min(count or 0, 1000)
    assert all(re.fullmatch(pattern, text) for text in made.values)
    if count is not None:
        assert made.reason == f"texts that match {pattern}"


def test_plain_patterns_are_made_as_bytes() -> None:
    for pattern, objects in ((r"[A-Z]{3}-\d{4}", False), (r"\w+;", True)):
        field = {"name": "r", "type": "regex", "options": {"pattern": pattern}}
        column = next(compiled(field).blocks(5, 1)).column("r")
        assert isinstance(column, TextColumn)
        assert isinstance(column.parts[0], Picked) is objects


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"a\bb", r"nothing satisfies pattern 'a\\bb'"),
        ("$a", "nothing satisfies pattern '$a'"),
        ("a^", "nothing satisfies pattern 'a^'"),
        (r"\b", "nothing satisfies"),
        ("(?!)", "pattern '(?!)': lookaheads can't be had at character 1"),
        ("a(?=b)b", "lookaheads can't be had at character 2"),
        ("(?<!a)b", "lookbehinds can't be had at character 1"),
        (r"(a)\1", "references back can't be had at character 4"),
        (r"(?P<x>a)(?P=x)", "references back can't be had at character 9"),
        ("(?i)abc", "flags can't be had at character 1"),
        ("(a)?(?(1)b|c)", "conditions can't be had at character 5"),
        ("(?>a)", "atomic groups can't be had at character 1"),
        ("a++", "possessive repetitions can't be had at character 2"),
        (r"a\N{BULLET}", "names of characters can't be had at character 2"),
        ("a(b", "missing ), unterminated subpattern at character 2"),
        ("*", "nothing to repeat at character 1"),
        ("[^ -~]", "nothing is left of the set at character 1"),
        (r"a\x00", "neither NUL nor half of a surrogate pair is text at character 2"),
        (r"[\ud800]", "neither NUL nor half of a surrogate pair is text at character 1"),
        (r"[\u0100-\uffff]", "the range has 65280 characters; 10000 is the most at character 2"),
        ("a{2000}", "it repeats 2000 times; 1000 is the most at character 2"),
        ("(a{100}){100}", "makes texts of 10000 characters; 1000 is the most"),
        ("(" * 99 + ")" * 99, "groups lie in more than 40 others"),
        ("a" * 3000, "the pattern has 3000 characters; 2000 is the most"),
        ("a{99999999999999999999}", "the repetition number is too large"),
    ],
)
def test_a_pattern_that_cannot_be_had_is_told_with_its_place(pattern: str, says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values("regex", 1, {"pattern": pattern})
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("random_string", {"min": 5, "max": 4}, "min 5 is greater than max 4"),
        ("random_string", {"min": -1}, "option 'min' of type 'random_string'"),
        ("random_string", {"max": 1001}, "option 'max' of type 'random_string'"),
        ("random_string", {"alphabet": "klingon"}, "option 'alphabet' of type 'random_string'"),
        ("regex", {}, "option 'pattern' of type 'regex' is missing"),
        ("null", {"a": 1}, "unknown option 'a' of type 'null'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize(("type_name", "options"), [("random_string", {}), ("regex", {"pattern": r"\w{3,9}|\d+x"})])
def test_few_rows_are_the_first_of_many(type_name: str, options: dict[str, Any]) -> None:
    many = values(type_name, BLOCK + 20, options)
    assert values(type_name, 20, options) == many[:20]
    assert many[:20] != many[BLOCK:]


def test_null_is_null_in_every_row() -> None:
    assert values("null", 50) == [None] * 50
    assert compiled({"name": "n", "type": "null"}).schema[0].type is ColumnType.TEXT
    half = compiled({"name": "n", "type": "null", "optional": 0.5})
    assert rows(half, 50) == [{"n": None}] * 50
