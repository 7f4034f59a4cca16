"""db_response and api_response: values that a connection gave."""

from collections import Counter
from typing import Any

import pytest

from dm_mcp.errors import InvalidRequest, TemplateError
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import Workspace, compiled, field, rows

ROWS: list[dict[str, Any]] = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": None}]


class Target:
    """A connection that answers each question with the same rows, and remembers the questions."""

    def __init__(self, answer: list[dict[str, Any]]) -> None:
        self.asked: list[str] = []
        self._answer = answer

    def connection(self, name: str) -> Any:
        if name != "conn":
            raise InvalidRequest(f"there is no connection {name!r}.")
        return self

    def execute(self, sql: str) -> list[dict[str, Any]]:
        self.asked.append(sql)
        return self._answer


class Service(Target):
    """A connection that is fetched from."""

    def fetch(self, path: str) -> list[dict[str, Any]]:
        return self.execute(path)


def query(**options: Any) -> dict[str, Any]:
    return field("v", "db_response", **{"connection": "conn", "query": "select 1", **options})


def path(**options: Any) -> dict[str, Any]:
    return field("v", "api_response", **{"connection": "conn", "path": "/things", **options})


@pytest.mark.parametrize("made_by", [query, path])
def test_the_values_are_those_of_the_answer_each_as_likely(made_by: Any) -> None:
    made = compiled(made_by(), surroundings=Workspace(dm=Service(ROWS)))
    counts = Counter(row["v"] for row in rows(made, 3000))
    assert set(counts) == {1, 2, 3}
    assert all(880 < count < 1120 for count in counts.values())
    assert made.schema[0].type is ColumnType.INTEGER


@pytest.mark.parametrize("choice", [query(column="name"), path(field="name")])
def test_another_column_may_be_taken_and_a_null_is_a_value(choice: dict[str, Any]) -> None:
    made = compiled(choice, surroundings=Workspace(dm=Service(ROWS)))
    assert {row["v"] for row in rows(made, 100)} == {"a", "b", None}


def test_the_connection_is_asked_once() -> None:
    target = Target(ROWS)
    made = compiled(query(query="select id from t"), surroundings=Workspace(dm=target))
    rows(made, 10)
    rows(made, 10)
    assert target.asked == ["select id from t"]


@pytest.mark.parametrize(
    ("choice", "dm", "says"),
    [
        (query(), None, "values of type 'db_response' come from a connection, which only a run"),
        (query(), Target([]), "gave no rows"),
        (query(column="nmae"), Target(ROWS), "no column 'nmae'"),
        (query(connection="other"), Target(ROWS), "no connection 'other'"),
        (path(), Target(ROWS), "a kind that has nothing to fetch"),
        (path(field="nmae"), Service(ROWS), "no field 'nmae'"),
    ],
)
def test_an_answer_that_gives_no_values_is_told(choice: dict[str, Any], dm: Any, says: str) -> None:
    with pytest.raises(TemplateError, match=says) as caught:
        compiled(choice, surroundings=Workspace(dm=dm))
    assert caught.value.where == {"field": "v"}
