"""One member of a JSON text is set, and the rest stays byte by byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dm_mcp.cli.json_member import set_member

ENTRY = {"command": "c"}


def test_an_empty_object_gets_the_member_with_two_blanks_of_indentation() -> None:
    assert set_member("{}\n", ("servers", "x"), ENTRY) == (
        '{\n  "servers": {\n    "x": {\n      "command": "c"\n    }\n  }\n}\n'
    )


def test_a_new_member_follows_the_last_one_in_its_indentation() -> None:
    text = '{\n\t"servers": {\n\t\t"a": {"args": [1, 1.50]}\n\t},\n\t"inputs": []\n}'
    assert set_member(text, ("servers", "x"), ENTRY) == text.replace(
        "1.50]}\n", '1.50]},\n\t\t"x": {\n\t\t\t"command": "c"\n\t\t}\n'
    )


def test_a_member_that_is_there_is_replaced_in_its_place() -> None:
    text = '{\n    "servers": {\n        "x": {"old": [{}]},\n        "b": {}\n    }\n}\n'
    assert set_member(text, ("servers", "x"), ENTRY) == text.replace(
        '{"old": [{}]}', '{\n            "command": "c"\n        }'
    )


def test_the_ends_of_lines_stay_those_of_the_file() -> None:
    text = '{\r\n  "servers": {\r\n    "a": {}\r\n  }\r\n}\r\n'
    changed = set_member(text, ("servers", "x"), ENTRY)
    assert changed.count("\n") == changed.count("\r\n") == text.count("\n") + 3


def test_a_file_of_one_line_stays_one() -> None:
    assert set_member('{"servers": {"a": {}}}', ("servers", "x"), ENTRY) == (
        '{"servers": {"a": {}, "x": {"command": "c"}}}'
    )


def test_of_two_members_with_one_key_the_last_counts_as_for_readers_of_json() -> None:
    assert set_member('{"a": 1, "a": 2}', ("a",), 3) == '{"a": 1, "a": 3}'


@pytest.mark.parametrize("text", ["[]", '{"servers": []}', '{"servers": null}'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an object"):
        set_member(text, ("servers", "x"), ENTRY)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(
    st.dictionaries(st.text(), VALUES, max_size=4),
    st.none() | st.dictionaries(st.text() | st.just("x"), VALUES, max_size=4),
    st.none() | st.integers(0, 4) | st.just("\t"),
)
def test_the_text_means_what_was_asked_whatever_stood_there(
    root: dict[str, Any], servers: dict[str, Any] | None, indent: int | str | None
) -> None:
    before = root if servers is None else {**root, "servers": servers}
    if not isinstance(before.get("servers", {}), dict):
        return
    text = json.dumps(before, indent=indent)
    assert json.loads(set_member(text, ("servers", "x"), ENTRY)) == {
        **before,
        "servers": {**before.get("servers", {}), "x": ENTRY},
    }
