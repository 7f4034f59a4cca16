"""Random words that depend on nothing but seed, template, field and row, and our own transforms of them.

The words come from Philox4x64-10, a counter-based generator (Salmon et al., "Parallel random numbers: as easy as
1, 2, 3", SC 2011): a block of a field has a counter of its own, so that blocks may be made in any order, in any number
of processes, in any length, and stay the same. Only raw words are taken from numpy, whose promise they are; the
methods of `numpy.random.Generator` may change between releases.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import Bytes, Ints
from dm_mcp.generation.schema import MAX_SEED

__all__ = [
    "NOISE_LANE",
    "NULL_LANE",
    "UNIQUE_LANE",
    "Chooser",
    "Stream",
    "Words",
    "below",
    "check_weights",
    "derive_seed",
    "digits",
    "integers",
    "octets",
    "seed_deriver",
    "unit_floats",
]

Words = NDArray[np.uint64]


NULL_LANE = 2**32
"""The lane that decides which rows are null; fields use small numbers."""

UNIQUE_LANE = NULL_LANE + 1
"""The lane of the keys that permute unique values."""

NOISE_LANE = NULL_LANE + 2
"""The first of the lanes that decide which values are spoilt, and how."""

_LOW_32 = np.uint64(0xFFFF_FFFF)
_HALF = np.uint64(32)
_UNIT_BITS = 53
_UNIT_SHIFT = np.uint64(64 - _UNIT_BITS)
_MAX_GUIDE_BITS = 16
_MAX_STEPS = 16


def _hashed(*parts: str | int) -> hashlib.blake2b:
    """The hash of the parts, each told apart by its kind and length; the same in every process."""
    return hashlib.blake2b(b"".join(map(_told, parts)), digest_size=8)


def _told(part: str | int) -> bytes:
    data = str(part).encode()
    return f"{type(part).__name__}{len(data)}:".encode() + data


def _number(digest: hashlib.blake2b) -> int:
    return int.from_bytes(digest.digest(), "little")


def derive_seed(seed: int, *parts: str | int) -> int:
    """A seed of its own for what ``parts`` name, below 2**53, as unlike ``seed`` as any other."""
    return _number(_hashed(seed, *parts)) & MAX_SEED


def seed_deriver(seed: int, *parts: str | int) -> Callable[[str], int]:
    """`derive_seed` for many names behind the same parts, which are hashed once."""
    common = _hashed(seed, *parts)

    def derive(name: str) -> int:
        data, digest = name.encode(), common.copy()
        digest.update(b"str%d:%b" % (len(data), data))  # as `_told` has it, in half the time
        return int.from_bytes(digest.digest(), "little") & MAX_SEED

    return derive


@lru_cache(maxsize=4096)
def _field_key(template: str, field: str) -> int:
    return _number(_hashed(template, field))


class _Generator(threading.local):
    """A thread's own Philox, set anew for each use: that takes a twelfth of the time that making one takes."""

    def __init__(self) -> None:
        self.philox = np.random.Philox(key=0)


_generator = _Generator()


class Stream:
    """The random words of one field: Philox with the key (seed, hash of template and field)."""

    def __init__(self, seed: int, template: str, field: str) -> None:
        self.key = _field_key(template, field)
        self._key = (seed, self.key)

    def words(self, block: int, n: int, lane: int = 0) -> Words:
        """The first ``n`` words of a block; ``lane`` gives a field several independent rows of words."""
        philox = _generator.philox
        state: Any = {  # tuples are read faster than the arrays that it is said to want
            "bit_generator": "Philox",
            "state": {"counter": (0, 0, lane, block), "key": self._key},
            "buffer": (0, 0, 0, 0),
            "buffer_pos": 4,  # the end: what is in the buffer is used up
            "has_uint32": 0,
            "uinteger": 0,
        }
        philox.state = state
        return philox.random_raw(n)


def below(words: Words, n: int) -> NDArray[np.uint64]:
    """Whole numbers in [0, n), 1 <= n <= 2**64, by multiply and shift: floor(word * n / 2**64).

    Some values are likelier than others by one part in 2**64 / n (Lemire, "Fast random integer generation in an
    interval", 2019, without the rejection): out of sight below n = 2**48, and one word a row is always enough.
    """
    if n == 2**64:
        return words
    high, low = words >> _HALF, words & _LOW_32
    if n <= 2**32:
        factor = np.uint64(n)
        return (high * factor + (low * factor >> _HALF)) >> _HALF
    top, rest = np.uint64(n >> 32), np.uint64(n & 0xFFFF_FFFF)
    middle = high * rest + (low * rest >> _HALF)
    carry = (middle & _LOW_32) + low * top
    return high * top + (middle >> _HALF) + (carry >> _HALF)


def integers(words: Words, low: int, high: int) -> Ints:
    """Whole numbers in [low, high], both included, of any range that int64 holds; see `below` for the bias."""
    offset = np.uint64(low % 2**64)
    return (below(words, high - low + 1) + offset).view(np.int64)


def unit_floats(words: Words) -> NDArray[np.float64]:
    """Floats in [0, 1): multiples of 2**-53."""
    return (words >> _UNIT_SHIFT).astype(np.float64) * 2.0**-_UNIT_BITS


def octets(words: Words) -> Bytes:
    """The bytes of the words, the lowest first on every machine."""
    return words.astype("<u8", copy=False).view(np.uint8)


_TEN_THOUSAND = np.array([b"%04d" % i for i in range(10_000)], "S4").view("<u4").copy()
"""The four ASCII digits of each number below ten thousand, as one 32-bit word each."""


def digits(numbers: NDArray[np.uint64] | Ints, width: int) -> Bytes:
    """The decimal digits of numbers >= 0 as an ``(n, width)`` matrix of ASCII, with leading zeros, cut on the left."""
    groups = -(-width // 4)
    packed = np.empty((len(numbers), groups), "<u4")
    rest = numbers.astype(np.uint64, copy=False)
    for group in range(groups - 1, -1, -1):
        quotient = rest // np.uint64(10_000)
        packed[:, group] = _TEN_THOUSAND[rest - quotient * np.uint64(10_000)]
        rest = quotient
    return packed.view(np.uint8)[:, groups * 4 - width :]


_HEAVIEST = 1e100
"""The largest weight: sums and products of some of them stay far from the end of floats."""


def check_weights(weights: Sequence[float], count: int) -> None:
    """Raises ValueError unless there are ``count`` weights, none negative or above 1e100, not all zero."""
    if len(weights) != count:
        raise ValueError(f"there are {len(weights)} weights for {count} values")
    for weight in weights:
        if not _is_weight(weight):
            raise ValueError(f"weight {weight!r:.40} is not a number from zero to {_HEAVIEST:g}")
    if not any(weights):
        raise ValueError("all weights are zero")


def _is_weight(weight: object) -> bool:
    return isinstance(weight, int | float) and 0 <= weight <= _HEAVIEST


class Chooser:
    """Picks one of several things by weight, one word a row.

    There may be several groups of things, each with its own weights; a row then says which group it picks from, and the
    index given back counts over all groups, as if their things stood in one list.

    The weights become cumulative integer thresholds of 53 bits, so that every machine picks alike. A guide table over
    the leading bits starts the search near its end (Chen and Asau, "On generating random variates from an empirical
    distribution", 1974): it is some fifteen times faster than a binary search a row.
    """

    def __init__(self, *groups: Sequence[float]) -> None:
        """Each group is the weights of its things: none negative, not all zero."""
        self.size = sum(map(len, groups))
        thresholds = [threshold for i, weights in enumerate(groups) for threshold in _thresholds(weights, i)]
        self._uniform = len(groups) == 1 and len(set(groups[0])) == 1
        self._thresholds = np.array(thresholds, np.uint64)
        self._grouped = len(groups) > 1
        largest = max(map(len, groups))
        bits = min(_MAX_GUIDE_BITS, max(4, (4 * largest - 1).bit_length()))
        self._shift = np.uint64(_UNIT_BITS - bits)
        edges = np.arange((len(groups) << bits) + 1, dtype=np.uint64) << self._shift
        guide = np.searchsorted(self._thresholds, edges, side="right")
        self._guide = guide[:-1].astype(np.int64)
        self._steps = int(np.max(np.diff(guide)))

    def pick(self, words: Words, group: Ints | None = None) -> Ints:
        """The index of what each row picks; ``group`` is a row's group, needed where there are several."""
        if self._uniform:
            return below(words, self.size).view(np.int64)
        keys = words >> _UNIT_SHIFT
        if self._grouped and group is not None:
            keys |= group.astype(np.uint64) << np.uint64(_UNIT_BITS)
        if self._steps > _MAX_STEPS:
            return np.searchsorted(self._thresholds, keys, side="right").astype(np.int64)
        index = self._guide[keys >> self._shift]
        for _ in range(self._steps):
            index += self._thresholds[index] <= keys
        return index


def _thresholds(weights: Sequence[float], group: int) -> list[int]:
    """The running sums of the weights, scaled to 2**53 and set behind the groups before; the last ends the group."""
    sums = list(accumulate(map(float, weights)))
    total = sums[-1]
    return [(group << _UNIT_BITS) + int(value / total * 2**_UNIT_BITS) for value in sums]
