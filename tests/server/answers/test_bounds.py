"""How much fits into an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.server.answers import bounds
from dm_mcp.server.answers.bounds import as_json, beginning, cut, fitting, page_size
from tests.server.in_memory import MOST


@pytest.mark.parametrize(("room", "count"), [(0, 0), (11, 0), (12, 1), (23, 1), (24, 2), (100, 3)])
def test_entries_fit_with_what_stands_between_them(room: int, count: int) -> None:
    assert fitting([10, 10, 10], room) == count


def test_a_page_has_one_entry_at_least_if_there_is_one() -> None:
    assert page_size([]) == 0
    assert page_size([MOST, 1]) == 1
    assert page_size([1] * 10) == 10


def test_the_parts_of_an_answer_fit_into_it() -> None:
    assert bounds.ANSWER == MOST
    assert max(bounds.SCENARIO, bounds.SOURCE, bounds.ROWS + bounds.COLUMNS, bounds.ERROR) < bounds.ENTRIES < MOST


@given(st.text(max_size=60) | st.text('"\\\n\x01x', max_size=60), st.integers(0, 60))
def test_a_beginning_is_the_longest_that_fits_as_json(text: str, size: int) -> None:
    shown = beginning(text, size)
    assert text.startswith(shown)
    assert len(as_json(shown)) - 2 <= size
    assert shown == text or len(as_json(text[: len(shown) + 1])) - 2 > size


def test_a_text_is_cut_with_a_note() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "abc... (4 characters)"
