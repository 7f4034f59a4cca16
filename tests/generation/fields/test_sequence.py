"""sequence: numbers one after the other."""

from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.schema import ColumnType
from tests.generation.templates import BLOCK, compiled, field, rows, values


def test_the_rows_are_counted_from_1_across_blocks() -> None:
    assert values("sequence", BLOCK + 2) == list(range(1, BLOCK + 3))


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({"start": 100, "step": 10}, [100, 110, 120]),
        ({"start": 0, "step": -5}, [0, -5, -10]),
        ({"prefix": "INV-", "width": 6}, ["INV-000001", "INV-000002", "INV-000003"]),
        ({"prefix": "A"}, ["A1", "A2", "A3"]),
        ({"width": 2, "start": 99}, ["99", "100", "101"]),
        ({"width": 4, "start": 1, "step": -1}, ["0001", "0000", "-001"]),
        ({"prefix": 'a"b,', "width": 1}, ['a"b,1', 'a"b,2', 'a"b,3']),
    ],
)
def test_start_step_prefix_and_width_say_how(options: dict[str, Any], first: list[Any]) -> None:
    assert values("sequence", 3, options) == first


def test_it_is_a_number_unless_it_has_a_prefix_or_a_width() -> None:
    made = compiled(field("a", "sequence"), field("b", "sequence", width=3), field("c", "sequence", prefix="x"))
    assert [spec.type for spec in made.schema] == [ColumnType.INTEGER, ColumnType.TEXT, ColumnType.TEXT]


def test_the_seed_makes_no_difference() -> None:
    made = compiled(field("a", "sequence"))
    assert rows(made, 5, seed=1) == rows(made, 5, seed=2)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"step": 0}, "step is 0"), ({"width": 99}, "less than or equal to 18"), ({"start": "a"}, "option 'start'")],
)
def test_wrong_options_are_told(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        compiled(field("a", "sequence", **options))
