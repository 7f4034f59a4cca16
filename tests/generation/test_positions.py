"""Where the values of a JSON text stand."""

import json
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.positions import JsonPath, line_of, lines

TEXT = """{
  "id": "a{b\\"[",
  "fields": [
    {"name": "x"},
    {
      "name": "y",
      "options": {"values": [1,
        2]}
    }
  ]
}"""


def test_each_value_has_the_line_of_its_key_or_its_start() -> None:
    assert line_of(TEXT, ()) == 1
    assert line_of(TEXT, ("id",)) == 2
    assert line_of(TEXT, ("fields", 0, "name")) == 4
    assert line_of(TEXT, ("fields", 1)) == 5
    assert line_of(TEXT, ("fields", 1, "options", "values", 1)) == 8


def test_a_value_that_is_not_there_has_the_line_of_the_one_round_it() -> None:
    assert line_of(TEXT, ("fields", 1, "options", "from")) == 7


def test_broken_json_gives_what_it_can() -> None:
    assert lines('{"a": [1, }') == {(): 1, ("a",): 1, ("a", 0): 1}


def paths(value: Any, at: JsonPath = ()) -> set[JsonPath]:
    steps: dict[Any, Any] = {}
    if isinstance(value, dict):
        steps = cast("dict[Any, Any]", value)
    elif isinstance(value, list):
        steps = dict(enumerate(cast("list[Any]", value)))
    return {at}.union(*(paths(inner, (*at, step)) for step, inner in steps.items()))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
        max_leaves=20,
    )
)
def test_every_path_of_any_json_is_found(value: Any) -> None:
    assert set(lines(json.dumps(value, indent=2, ensure_ascii=False))) == paths(value)
