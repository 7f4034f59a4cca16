from typing import Any

import pytest

from dm_mcp.errors import ScenarioError
from dm_mcp.workspace.header import Header, read_header


def header(*lines: str) -> str:
    return "\n".join(["# /// script", *(f"# {line}".rstrip() for line in lines), "# ///", "print('hi')", ""])


def read(source: str) -> Header:
    return read_header(source, file="a.py")


def test_a_script_without_header_has_the_defaults() -> None:
    assert read("print('hi')\n") == Header()


def test_all_that_a_header_can_say_is_read() -> None:
    got = read(
        header(
            'dependencies = ["arrow~=1.3", "httpx[http2]>=0.27,<1; python_version > \'3.8\'"]',
            'requires-python = ">=3.11"',
            "",
            "[tool.dm]",
            'title = "Regression seeding"',
            'description = "Customers."',
            'tags = ["regression"]',
            'connections = ["conn_postgres"]',
            "network = true",
            "timeout = 5",
            'memory = "1 GiB"',
            "[tool.dm.params.environment]",
            'type = "string"',
            'enum = ["dev", "regression"]',
            'default = "regression"',
            "[tool.dm.params.ids]",
            'type = "array"',
            'items = { type = "integer", minimum = 0 }',
            "[tool.uv]",
            "anything = 1",
        )
    )
    assert got.dependencies == ["arrow~=1.3", "httpx[http2]>=0.27,<1; python_version > '3.8'"]
    assert got.requires_python == ">=3.11"
    assert (got.title, got.description, got.tags) == ("Regression seeding", "Customers.", ["regression"])
    assert (got.connections, got.network) == (["conn_postgres"], True)
    assert (got.timeout, got.memory) == (5, 2**30)
    assert got.params_schema() == {
        "type": "object",
        "properties": {
            "environment": {"type": "string", "enum": ["dev", "regression"], "default": "regression"},
            "ids": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        },
        "required": ["ids"],
        "additionalProperties": False,
    }


def test_the_header_may_stand_anywhere() -> None:
    assert read("import os\n\n" + header("[tool.dm]", 'title = "T"')).title == "T"


def test_a_block_of_another_kind_is_none_of_ours() -> None:
    assert read("# /// pyproject\n# a = 1\n# ///\n") == Header()


@pytest.mark.parametrize(
    ("line", "packages"),
    [
        ("# requirements: arrow~=1.3", ["arrow~=1.3"]),
        ("#requirements: a>=1,<2, b , c[x,y]==1", ["a>=1,<2", "b", "c[x,y]==1"]),
        ("# requirements:", []),
    ],
)
def test_a_requirements_line_is_read(line: str, packages: list[str]) -> None:
    assert read(f"#!/usr/bin/env python\n\n{line}\nprint()\n").dependencies == packages


def test_a_requirements_line_after_code_is_only_a_comment() -> None:
    assert read("print()\n# requirements: a\n").dependencies == []


def test_requirements_are_added_to_dependencies() -> None:
    assert read("# requirements: b\n" + header('dependencies = ["a"]')).dependencies == ["a", "b"]


@pytest.mark.parametrize(
    ("lines", "line", "field", "told"),
    [
        (["[tool.dm]", "tmeout = 5"], 3, "tmeout", "Did you mean 'timeout'"),
        (["[tool.dm]", "timeout = 'x'"], 3, "timeout", "valid number"),
        (["[tool.dm]", "timeout = 0"], 3, "timeout", "greater than 0"),
        (["[tool.dm]", "memory = 2"], 3, "memory", "64 MiB"),
        (["[tool.dm]", "network = 'yes'"], 3, "network", "boolean"),
        (["dependencies = ['a b']"], 2, "dependencies", "'a b' is not a requirement"),
        (["dependancies = []"], 2, "dependancies", "Did you mean 'dependencies'"),
        (["title = 'x'"], 2, "title", "below [tool.dm]"),
        (["[tool.dm]", "dependencies = []"], 3, "dependencies", "above [tool.dm]"),
        (["requires-python = 'soon'"], 2, "requires-python", "not a range"),
        (["requires-python = '>=4'"], 2, "requires-python", "wants Python >=4"),
        (["[tool]", "dm = 1"], 3, "tool.dm", "must be a table"),
        (["[tool.dm]", "", "params = 3"], 4, "params", "dictionary"),
        (["[tool.dm.params.n]", "type = 'int'"], 3, "params.n.type", "'integer'"),
        (["[tool.dm.params.n]", "default = 1"], 2, "params.n.type", "required"),
        (["[tool.dm.params.n]", "type = 'integer'", "minimun = 1"], 4, "params.n.minimun", "Did you mean 'minimum'"),
        (
            ["[tool.dm.params.n]", "type = 'integer'", "default = 'x'"],
            2,
            "params.n",
            "default: Input should be a valid",
        ),
        (["[tool.dm.params.n]", "type = 'integer'", "default = 1", "minimum = 2"], 2, "params.n", "greater than"),
        (["[tool.dm.params.n]", "type = 'integer'", "minimum = 2", "maximum = 1"], 2, "params.n", "more than maximum"),
        (["[tool.dm.params.n]", "type = 'string'", "enum = ['a', 1]"], 2, "params.n", "enum: "),
        (["[tool.dm.params.n]", "type = 'string'", "enum = []"], 4, "params.n.enum", "at least 1 item"),
        (["[tool.dm.params.n]", "type = 'string'", "enum = ['a']", "default = 'b'"], 2, "params.n", "not one of enum"),
        (["[tool.dm.params.n]", "type = 'string'", "minimum = 1"], 2, "params.n", "are for an integer"),
        (["[tool.dm.params.n]", "type = 'string'", "items = {type = 'string'}"], 2, "params.n", "for an array"),
        (["[tool.dm", "title = 1"], 2, None, "not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_line_field_and_what_to_do(
    lines: list[str], line: int, field: str | None, told: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(header(*lines))
    assert told in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.where.get("file") == "a.py"
    assert caught.value.where.get("line") == line
    assert caught.value.where.get("field") == field


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("\n# /// script\n# a = 1\nprint()\n", 2, "line 4 is neither"),
        ("# /// script\n#a = 1\n# ///\n", 1, "line 2 is neither"),
        ("# /// script\n# a = 1\n# /// \n", 1, "blank after its last line, line 3"),
        ("# /// script\n", 1, "is not closed"),
        ("# /// script\n# a = 1", 1, "is not closed"),
        ("# /// script\n# ///\n", 1, "is empty"),
        ("#/// script\n# [tool.dm]\n# ///\n", 1, 'is not written "# /// script"'),
        ("# /// script \n# [tool.dm]\n# ///\n", 1, 'is not written "# /// script"'),
        (header("[tool.dm]") + header("[tool.dm]"), 5, "two headers"),
    ],
)
def test_a_header_that_is_no_block_is_told_with_its_line(source: str, line: int, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(source)
    assert told in caught.value.message
    assert caught.value.where.get("line") == line


def test_a_broken_requirements_line_is_told_with_its_line() -> None:
    with pytest.raises(ScenarioError) as caught:
        read("# hello\n# requirements: a, =1\n")
    assert caught.value.where.get("line") == 2


def test_a_whole_number_is_fine_as_the_default_of_a_number() -> None:
    got: dict[str, Any] = read(header("[tool.dm.params.share]", "type = 'number'", "default = 1")).params_schema()
    assert got["properties"]["share"]["default"] == 1


def test_a_misspelled_key_is_told_rather_than_that_the_right_one_is_missing() -> None:
    with pytest.raises(ScenarioError, match=r"no key tpye here\. Did you mean 'type'\?") as caught:
        read(header("[tool.dm.params.count]", 'tpye = "integer"'))
    assert caught.value.where.get("line") == 3
