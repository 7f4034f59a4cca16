"""Words that hang on seed, template, field and row alone, and what is made of them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.generation.streams import (
    MAX_SEED,
    Chooser,
    Stream,
    below,
    check_weights,
    derive_seed,
    digits,
    integers,
    octets,
    seed_deriver,
    unit_floats,
)

WORDS = Stream(7, "tmpl", "field").words(0, 4000)
int64 = st.integers(-(2**63), 2**63 - 1)


def test_the_words_of_a_stream_never_change() -> None:
    """Golden: other words would change every row that anybody has generated."""
    assert Stream(7, "tmpl_customer", "id").words(0, 2).tolist() == GOLDEN_WORDS
    assert Stream(7, "tmpl_customer", "id").words(3, 1, lane=2).tolist() == GOLDEN_LATER


GOLDEN_WORDS = [12475305157321982362, 17298770253585221824]
GOLDEN_LATER = [16259095100477315273]


def test_fewer_words_are_the_first_of_more() -> None:
    stream = Stream(1, "a", "b")
    assert np.array_equal(stream.words(5, 10), stream.words(5, 1000)[:10])


def test_seed_template_field_block_and_lane_each_give_other_words() -> None:
    drawn = [
        Stream(1, "a", "b").words(0, 4),
        Stream(2, "a", "b").words(0, 4),
        Stream(1, "ab", "").words(0, 4),
        Stream(1, "a", "c").words(0, 4),
        Stream(1, "a", "b").words(1, 4),
        Stream(1, "a", "b").words(0, 4, lane=1),
    ]
    assert len({tuple(words.tolist()) for words in drawn}) == len(drawn)


def test_words_do_not_hang_on_the_hash_seed_of_the_process() -> None:
    code = "from dm_mcp.generation.streams import *; print(Stream(3, 'ä', 'b').words(0, 2), derive_seed(1, 'x', 2))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(outputs) == 1


@given(n=st.integers(1, 2**64), word=st.integers(0, 2**64 - 1))
def test_below_is_the_high_word_of_the_product(n: int, word: int) -> None:
    assert below(np.array([word], np.uint64), n).tolist() == [word if n == 2**64 else word * n >> 64]


@given(low=int64, high=int64)
def test_integers_stay_within_any_range_of_int64(low: int, high: int) -> None:
    low, high = sorted((low, high))
    extremes = np.array([0, 2**64 - 1], np.uint64)
    assert integers(extremes, low, high).tolist() == [low, high]
    drawn = integers(WORDS[:50], low, high)
    assert low <= int(drawn.min()) <= int(drawn.max()) <= high


def test_integers_are_as_likely_as_each_other() -> None:
    counts = np.bincount(integers(Stream(1, "a", "b").words(0, 60_000), 0, 5), minlength=6)
    assert float(((counts - 10_000) ** 2 / 10_000).sum()) < 20.5  # chi-square, 5 degrees of freedom, p = 0.001


def test_unit_floats_lie_in_zero_to_one_with_one_left_out() -> None:
    assert unit_floats(np.array([0, 2**64 - 1], np.uint64)).tolist() == [0.0, 1 - 2**-53]


def test_octets_are_the_lowest_byte_first() -> None:
    assert octets(np.array([0x0102], np.uint64)).tolist() == [2, 1, 0, 0, 0, 0, 0, 0]


@given(number=st.integers(0, 10**18), width=st.integers(1, 20))
def test_digits_are_those_of_the_number_cut_on_the_left(number: int, width: int) -> None:
    assert digits(np.array([number], np.int64), width).tobytes().decode() == str(number).zfill(width)[-width:]


@given(weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=400).filter(any))
def test_a_chooser_picks_as_a_search_in_the_running_sums_does(weights: list[float]) -> None:
    picked = Chooser(weights).pick(WORDS)
    sums = np.cumsum(weights)
    place = np.searchsorted(sums / sums[-1], unit_floats(WORDS), side="right")
    if len(set(weights)) > 1:
        assert np.mean(picked != place) < 0.002  # they may part at a threshold by rounding alone
    assert np.array(weights)[picked].min() > 0


def test_a_chooser_of_many_uneven_weights_keeps_their_shares() -> None:
    weights = [1.0, *([1e-6] * 500), 3.0]
    counts = np.bincount(Chooser(weights).pick(Stream(1, "a", "b").words(0, 40_000)), minlength=502)
    assert counts[0] == pytest.approx(10_000, rel=0.05)
    assert counts[-1] == pytest.approx(30_000, rel=0.05)


def test_a_chooser_of_groups_picks_within_the_group_of_the_row() -> None:
    chooser = Chooser([1, 2, 0], [5, 5])
    group = np.arange(len(WORDS)) % 2
    picked = chooser.pick(WORDS, group)
    assert set(picked[group == 0].tolist()) == {0, 1}
    assert set(picked[group == 1].tolist()) == {3, 4}


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ([1], "1 weights for 2 values"),
        ([1, -1], "weight -1 is not"),
        ([1, float("nan")], "weight nan is not"),
        ([0, 0], "all weights are zero"),
    ],
)
def test_weights_that_mean_nothing_are_refused(weights: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_weights(weights, 2)


@given(seed=st.integers(0, MAX_SEED), part=st.text(max_size=5))
def test_a_derived_seed_is_a_seed_and_another_one(seed: int, part: str) -> None:
    derived = derive_seed(seed, part)
    assert 0 <= derived <= MAX_SEED
    assert derived not in (derive_seed(seed, part, 1), derive_seed(seed, part + "x"))


@given(st.integers(0, MAX_SEED), st.text(), st.text())
def test_a_deriver_gives_the_derived_seeds_of_many_names(seed: int, part: str, name: str) -> None:
    derive = seed_deriver(seed, part)
    assert derive(name) == derive(name) == derive_seed(seed, part, name)


def test_threads_have_the_words_of_a_stream_each_for_itself() -> None:
    def words(block: int) -> list[int]:
        return Stream(7, "tmpl", "field").words(block, 4000).tolist()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(words, [0, 1, 2, 3] * 16)) == list(map(words, range(4))) * 16


def test_a_derived_seed_tells_a_number_from_its_text() -> None:
    assert derive_seed(1, 2) != derive_seed(1, "2")
