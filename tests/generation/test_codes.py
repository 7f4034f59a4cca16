"""Codes: texts of some shapes."""

from itertools import product

import numpy as np
import pytest

from dm_mcp.generation.codes import DIGITS, LETTERS, MOST_NUMBERED, Codes, Ranges, scrambled
from dm_mcp.generation.columns import Picked, TextColumn, TextPart
from dm_mcp.generation.render.values import to_python
from dm_mcp.generation.streams import Stream

SHAPES = [
    [["ab", "012"]],
    [["ab", "012"], [], ["x"]],
    [["é日", "\"'"], ["ab"], ["a", "-", "bc"]],
]


def drawn(codes: Codes, rows: int, block: int = 0) -> list[object]:
    words = Stream(3, "t", "f").words(block, rows * codes.words_a_row).reshape(rows, -1)
    return texts(codes.draw(words), rows)


def numbered(codes: Codes, *numbers: int) -> list[object]:
    return texts(codes.numbered(np.array(numbers, np.int64)), len(numbers))


def texts(part: TextPart, rows: int) -> list[object]:
    return list(to_python(TextColumn((part,)), rows))


def possible(shapes: list[list[str]]) -> list[str]:
    return ["".join(chars) for shape in shapes for chars in product(*shape)]


@pytest.mark.parametrize("shapes", SHAPES)
def test_codes_are_numbered_in_order_and_all_of_them_are_drawn(shapes: list[list[str]]) -> None:
    codes = Codes(shapes)
    assert codes.count == len(possible(shapes))
    assert numbered(codes, *range(codes.count)) == possible(shapes)
    assert set(drawn(codes, 500)) == set(possible(shapes))


def test_shapes_come_by_weight() -> None:
    made = drawn(Codes([["a"], ["b"], ["c"]], [1, 3, 0]), 4000)
    assert 900 < made.count("a") < 1100
    assert made.count("c") == 0


def test_few_codes_are_the_first_of_many() -> None:
    codes = Codes([[LETTERS] * 9, [DIGITS] * 3])
    assert drawn(codes, 10) == drawn(codes, 300)[:10]


def test_more_codes_than_can_be_numbered_differ_and_vary_in_every_character() -> None:
    codes = Codes([[LETTERS] * 20, [LETTERS] * 30, [DIGITS] * 3])
    assert 0 <= MOST_NUMBERED - codes.count < MOST_NUMBERED // 2
    third = MOST_NUMBERED // 3
    made = [str(code) for code in numbered(codes, *range(0, third, third // 500), *range(third, third + 500))]
    assert len(set(made)) == len(made)
    for column in range(20):
        assert len({code[column] for code in made[:500]}) > 20


def test_bytes_hold_nothing_that_a_format_escapes() -> None:
    assert isinstance(Codes([["a", ",|"]]).numbered(np.array([0])), Picked)
    assert isinstance(Codes([["a\n"]]).numbered(np.array([0])), Picked)
    assert not isinstance(Codes([["a", "-./"]]).numbered(np.array([0])), Picked)


def test_scrambled_words_differ_by_number_and_place() -> None:
    words = scrambled(np.arange(1000), 3)
    assert len(np.unique(words)) == 3000
    assert np.mean(np.unpackbits(words.view(np.uint8))) == pytest.approx(0.5, abs=0.01)


def test_numbers_of_several_ranges_stand_one_range_after_the_other() -> None:
    ranges = Ranges([(5, 6), (1, 1), (10, 12)])
    values, index = ranges.at(np.arange(ranges.count))
    assert values.tolist() == [5, 6, 1, 10, 11, 12]
    assert index.tolist() == [0, 0, 1, 2, 2, 2]
