"""The check digits that countries have inside their account numbers, before an iban's own go in front.

The methods are those of the ECBS "Register of European Account Numbers" (TR 201) and of the countries' own banks; the
tests find the example accounts of the SWIFT IBAN registry again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dm_mcp.generation.columns import Bytes, Ints
from dm_mcp.generation.fields.check_digits import luhn, weighted

__all__ = ["CHECKS", "Check"]


class Check(NamedTuple):
    """Where a country's check digits stand, and what writes them into account numbers."""

    columns: tuple[int, ...]
    write: Callable[[Bytes], None]


def _number(account: Bytes, columns: slice) -> Ints:
    width = columns.stop - columns.start
    return weighted(account[:, columns], tuple(10**i for i in range(width - 1, -1, -1)))


def _remainder_97(account: Bytes, width: int) -> Ints:
    """The first digits, as one number, modulo 97."""
    return weighted(account[:, :width], tuple(pow(10, i, 97) for i in range(width - 1, -1, -1))) % 97


def _two_digits(account: Bytes, column: int, values: Ints) -> None:
    account[:, column] = 48 + values // 10
    account[:, column + 1] = 48 + values % 10


def _mod_97(width: int) -> Check:
    """The last two of ``width`` digits are 98 less those before them, times 100, modulo 97 (ISO 7064, MOD 97-10)."""

    def write(account: Bytes) -> None:
        _two_digits(account, width - 2, 98 - _remainder_97(account, width - 2) * 100 % 97)

    return Check((width - 2, width - 1), write)


def _belgium(account: Bytes) -> None:
    """The last two digits are the ten before them modulo 97, or 97 for zero."""
    rest = _number(account, slice(0, 10)) % 97
    _two_digits(account, 10, np.where(rest == 0, 97, rest))


def _spain(account: Bytes) -> None:
    """Two control digits modulo 11, of bank and branch and of the account (Banco de España)."""
    for target, columns, weights in (
        (8, slice(0, 8), (4, 8, 5, 10, 9, 7, 3, 6)),
        (9, slice(10, 20), (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)),
    ):
        digit = 11 - weighted(account[:, columns], weights) % 11
        account[:, target] = 48 + np.where(digit == 10, 1, digit % 11)


def _france(account: Bytes) -> None:
    """The key of a relevé d'identité bancaire: 97 less (89 bank + 15 branch + 3 account) modulo 97."""
    total = 89 * _number(account, slice(0, 5)) + 15 * _number(account, slice(5, 10))
    total += 3 * _number(account, slice(10, 21))
    _two_digits(account, 21, 97 - total % 97)


_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
"""What a digit counts in an odd place of an Italian account."""


def _italy(account: Bytes) -> None:
    """The control letter in front: odd places through a table, even ones as they are, modulo 26."""
    values = account[:, 1:] - np.uint8(48)
    total = np.array(_ODD, np.int64)[values[:, 0::2]].sum(axis=1) + values[:, 1::2].sum(axis=1, dtype=np.int64)
    account[:, 0] = 65 + total % 26


def _poland(account: Bytes) -> None:
    """The eighth digit checks the seven of bank and branch before it."""
    account[:, 7] = 48 + (10 - weighted(account[:, :7], (3, 9, 7, 1, 3, 9, 7)) % 10) % 10


def _finland(account: Bytes) -> None:
    """The last digit is that of a card number."""
    account[:, 13] = luhn(account[:, :13])


def _estonia(account: Bytes) -> None:
    """The last digit checks branch and account: weights 7, 3, 1 from the right end, modulo 10."""
    account[:, 15] = 48 + -weighted(account[:, 2:15], (7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7)) % 10


def _norway(account: Bytes) -> None:
    """The last digit is a sum modulo 11 that must not be ten: the digit before it, drawn below 9, steps over that."""
    before = weighted(account[:, :9], (5, 4, 3, 2, 7, 6, 5, 4, 3))
    bad = (1 - before) * 6 % 11  # twice it and what is before leave 1, and 6 halves modulo 11
    account[:, 9] += account[:, 9] - np.uint8(48) >= bad
    account[:, 10] = 48 + -(before + 2 * (account[:, 9] - np.uint8(48)).astype(np.int64)) % 11


_TWO_LAST = {"BA": 16, "ME": 18, "MK": 15, "PT": 21, "RS": 18, "SI": 15, "TL": 19, "XK": 16}
"""The countries whose accounts end like an iban begins, and the digits of an account."""

CHECKS = {country: _mod_97(width) for country, width in _TWO_LAST.items()} | {
    "BE": Check((10, 11), _belgium),
    "EE": Check((15,), _estonia),
    "ES": Check((8, 9), _spain),
    "FI": Check((13,), _finland),
    "FR": Check((21, 22), _france),
    "IT": Check((0,), _italy),
    "MC": Check((21, 22), _france),
    "NO": Check((10,), _norway),
    "PL": Check((7,), _poland),
    "SM": Check((0,), _italy),
}
"""The countries' own check digits, where they are known here."""
