"""The part of an iban that a country decides on: its structure and, for some countries, its own check digits."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dm_mcp.generation.columns import Bytes
from dm_mcp.generation.streams import Words, octets

__all__ = ["STRUCTURES", "Bban", "remainder"]

STRUCTURES = {
    "AT": "5n11n",
    "BE": "3n7n2n",
    "CH": "5n12c",
    "CZ": "4n6n10n",
    "DE": "8n10n",
    "DK": "4n9n1n",
    "EE": "2n2n11n1n",
    "ES": "4n4n2n10n",
    "FI": "3n11n",
    "FR": "5n5n11c2n",
    "GB": "4a6n8n",
    "GR": "3n4n16c",
    "HR": "7n10n",
    "HU": "3n4n1n15n1n",
    "IE": "4a6n8n",
    "IT": "1a5n5n12c",
    "LI": "5n12c",
    "LT": "5n11n",
    "LU": "3n13c",
    "LV": "4a13c",
    "NL": "4a10n",
    "NO": "4n6n1n",
    "PL": "8n16n",
    "PT": "4n4n11n2n",
    "RO": "4a16c",
    "SE": "3n16n1n",
    "SI": "5n8n2n",
    "SK": "4n6n10n",
}
"""The structure behind country and check digits, in the notation of the SWIFT IBAN registry (release 99).

``n`` digits, ``a`` capital letters, ``c`` either, of which only digits are made here.
"""

_BANKS = {
    "GB": ("BARC", "HBUK", "LOYD", "MIDL", "MONZ", "NWBK", "RBOS", "SRLG"),
    "IE": ("AIBK", "BOFI", "IPBS", "ULSB"),
    "LV": ("HABA", "PARX", "RIKO", "UNLA"),
    "NL": ("ABNA", "ASNB", "BUNQ", "INGB", "KNAB", "RABO", "SNSB", "TRIO"),
    "RO": ("BRDE", "BTRL", "INGB", "RNCB", "RZBR"),
}
"""Bank codes of those countries whose structure begins with letters."""


class Bban:
    """A country's account numbers."""

    def __init__(self, country: str) -> None:
        structure = [(int(size), kind) for size, kind in re.findall(r"(\d+)([anc])", STRUCTURES[country])]
        self._width = sum(size for size, _ in structure)
        self.words_a_row = 1 + -(-self._width // 4)
        self._banks: Bytes | None = None
        if country in _BANKS:
            self._banks = np.array([list(bank.encode()) for bank in _BANKS[country]], np.uint8)
        self._check = _CHECKS.get(country)

    def make(self, words: Words) -> Bytes:
        """Account numbers as ``(n, width)`` ASCII from words of shape ``(n, words_a_row)``."""
        bits = octets(np.ascontiguousarray(words[:, 1:])).view("<u2").reshape(len(words), -1)[:, : self._width]
        # Sixteen bits a digit: it is off from a tenth by less than one part in six thousand.
        accounts = (48 + (bits.astype(np.uint32) * 10 >> 16)).astype(np.uint8)
        if self._banks is not None:
            accounts[:, :4] = self._banks[words[:, 0] % np.uint64(len(self._banks))]
        if self._check is not None:
            self._check(accounts)
        return accounts


def remainder(account: Bytes, suffix: str) -> NDArray[np.int64]:
    """Each account followed by ``suffix``, as a number modulo 97 with letters as 10 to 35 (ISO 7064, MOD 97-10).

    Letters must stand in the same columns of all rows.
    """
    factor = 1
    constant = 0
    for char in reversed(suffix):
        value = int(char, 36)
        constant += value * factor
        factor = factor * (10 if value < 10 else 100) % 97
    factors = np.empty(account.shape[1], np.float64)
    for column in range(account.shape[1] - 1, -1, -1):
        factors[column] = factor
        factor = factor * (100 if account[0, column] > 57 else 10) % 97
    # Digits are 48 to 57 in ASCII, letters 65 to 90; sums stay far below 2**53, so floats are exact here.
    values = account - np.where(account[0] > 57, 55, 48).astype(np.uint8)
    return ((values.astype(np.float64) @ factors).astype(np.int64) + constant) % 97


def _weighted(account: Bytes, columns: slice, weights: tuple[int, ...]) -> NDArray[np.int64]:
    return (account[:, columns] - np.uint8(48)).astype(np.int64) @ np.array(weights, np.int64)


def _number(account: Bytes, columns: slice) -> NDArray[np.int64]:
    width = columns.stop - columns.start
    return _weighted(account, columns, tuple(10**i for i in range(width - 1, -1, -1)))


def _two_digits(account: Bytes, column: int, values: NDArray[np.int64]) -> None:
    account[:, column] = 48 + values // 10
    account[:, column + 1] = 48 + values % 10


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
        digit = 11 - _weighted(account, columns, weights) % 11
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
    account[:, 7] = 48 + (10 - _weighted(account, slice(0, 7), (3, 9, 7, 1, 3, 9, 7)) % 10) % 10


_CHECKS: dict[str, Callable[[Bytes], None]] = {
    "BE": _belgium,
    "ES": _spain,
    "FR": _france,
    "IT": _italy,
    "PL": _poland,
}
