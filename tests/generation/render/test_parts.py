"""Parts of rows, laid out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.columns import Slices
from dm_mcp.generation.render.parts import Masked, Part, lay_out, masked, sizes, slices_of


@st.composite
def parts_and_bytes(draw: st.DrawFn) -> tuple[int, list[Part], list[bytes]]:
    rows = draw(st.integers(0, 9))
    parts: list[Part] = []
    expected = [b""] * rows
    for _ in range(draw(st.integers(0, 6))):
        match draw(st.sampled_from(("constant", "matrix", "short", "long"))):
            case "constant":
                part: bytes | Slices | np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = draw(st.binary(max_size=5))
                cells = [part] * rows
            case "matrix":
                width = draw(st.integers(0, 7))
                cells = draw(st.lists(st.binary(min_size=width, max_size=width), min_size=rows, max_size=rows))
                part = np.frombuffer(b"".join(cells), np.uint8).reshape(rows, width)
            case kind:
                longest = 9 if kind == "short" else 200
                cells = draw(st.lists(st.binary(max_size=longest), min_size=rows, max_size=rows))
                part = slices_of(cells)
        if draw(st.booleans()):
            present = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
            parts.append(Masked(part, np.array(present, np.bool_)))
            cells = [cell if there else b"" for cell, there in zip(cells, present, strict=True)]
        else:
            parts.append(part)
        expected = [before + bytes(cell) for before, cell in zip(expected, cells, strict=True)]
    return rows, parts, expected


@given(parts_and_bytes())
def test_each_row_is_its_parts_one_after_the_other(example: tuple[int, list[Part], list[bytes]]) -> None:
    rows, parts, expected = example
    laid_out = lay_out(parts, rows)
    assert laid_out.buffer.tobytes() == b"".join(expected)
    assert laid_out.size.tolist() == [len(row) for row in expected]
    assert np.broadcast_to(sizes(parts), rows).tolist() == laid_out.size.tolist()
    data = laid_out.buffer.tobytes()
    ends = (laid_out.start + laid_out.size).tolist()
    assert [data[start:end] for start, end in zip(laid_out.start.tolist(), ends, strict=True)] == expected


def test_masking_a_masked_part_keeps_the_rows_that_both_allow() -> None:
    parts = masked([Masked(b"x", np.array([True, True, False]))], np.array([True, False, True]))
    assert lay_out([*parts, b";"], 3).buffer.tobytes() == b"x;;;"


@pytest.mark.parametrize("columns", [slice(0, 3), slice(1, 4), slice(0, 4, 2)])
def test_a_matrix_may_be_a_view_of_another(columns: slice) -> None:
    matrix = np.frombuffer(b"abcdefgh", np.uint8).reshape(2, 4)[:, columns]
    assert lay_out([matrix], 2).buffer.tobytes() == matrix.tobytes()


def test_where_a_masked_slice_is_absent_its_place_may_be_anywhere() -> None:
    wild = Slices(np.frombuffer(b"word", np.uint8), np.array([0, -(2**40)]), np.array([4, 2**40]))
    assert lay_out([Masked(wild, np.array([True, False])), b"."], 2).buffer.tobytes() == b"word.."
