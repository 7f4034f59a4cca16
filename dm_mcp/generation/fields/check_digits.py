"""Check digits of whole columns: matrices of ASCII digits, one number a row."""

from __future__ import annotations

import numpy as np

from dm_mcp.generation.columns import Bytes, Ints

__all__ = ["gs1", "isbn_10", "luhn", "weighted", "with_check"]


def weighted(numbers: Bytes, weights: tuple[int, ...]) -> Ints:
    """The sum of each row's digits times their weights."""
    return (numbers - np.uint8(48)).astype(np.int64) @ np.array(weights, np.int64)


def gs1(numbers: Bytes) -> Bytes:
    """The last digit of a GTIN (GS1 General Specifications, section 7.9): weights 3 and 1, 3 at the right end."""
    weights = tuple(3 if i % 2 == 0 else 1 for i in range(numbers.shape[1]))[::-1]
    return _ascii(-weighted(numbers, weights) % 10)


def isbn_10(numbers: Bytes) -> Bytes:
    """The last character of an ISBN of ten (ISO 2108:1992): weights 10 down to 2, modulo 11, X for ten."""
    check = -weighted(numbers, tuple(range(10, 1, -1))) % 11
    return np.where(check == 10, ord("X"), 48 + check).astype(np.uint8)


_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], np.int64)
"""The sum of the digits of twice a digit."""


def luhn(numbers: Bytes) -> Bytes:
    """The last digit of a card number (ISO/IEC 7812-1, annex B): every second digit doubled, from the right end."""
    values = numbers - np.uint8(48)
    total = _DOUBLED[values[:, ::-2]].sum(axis=1) + values[:, -2::-2].sum(axis=1, dtype=np.int64)
    return _ascii(-total % 10)


def with_check(numbers: Bytes, check: Bytes) -> Bytes:
    """The numbers with their check digits behind them."""
    return np.concatenate([numbers, check[:, None]], axis=1)


def _ascii(values: Ints) -> Bytes:
    return (48 + values).astype(np.uint8)
