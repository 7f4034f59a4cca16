"""The part of an iban that a country decides on: its structure and, for some countries, its own check digits."""

from __future__ import annotations

import re
from typing import cast

import numpy as np

from dm_mcp.generation.codes import DIGITS, MOST_NUMBERED, UPPER, Codes
from dm_mcp.generation.columns import Bytes, Ints, TextPart
from dm_mcp.generation.fields.bban_check import CHECKS
from dm_mcp.generation.streams import Words

__all__ = ["STRUCTURES", "Bban", "remainder"]

STRUCTURES = {
    "AD": "4n4n12c", "AE": "3n16n", "AL": "8n16c", "AT": "5n11n", "AZ": "4a20c", "BA": "3n3n8n2n", "BE": "3n7n2n",
    "BG": "4a4n2n8c", "BH": "4a14c", "BR": "8n5n10n1a1c", "BY": "4c4n16c", "CH": "5n12c", "CR": "4n14n",
    "CY": "3n5n16c", "CZ": "4n6n10n", "DE": "8n10n", "DK": "4n9n1n", "DO": "4c20n", "EE": "2n2n11n1n", "EG": "4n4n17n",
    "ES": "4n4n2n10n", "FI": "3n11n", "FO": "4n9n1n", "FR": "5n5n11c2n", "GB": "4a6n8n", "GE": "2a16n", "GI": "4a15c",
    "GL": "4n9n1n", "GR": "3n4n16c", "GT": "4c20c", "HR": "7n10n", "HU": "3n4n1n15n1n", "IE": "4a6n8n",
    "IL": "3n3n13n", "IQ": "4a3n12n", "IS": "4n2n6n10n", "IT": "1a5n5n12c", "JO": "4a4n18c", "KW": "4a22c",
    "KZ": "3n13c", "LB": "4n20c", "LC": "4a24c", "LI": "5n12c", "LT": "5n11n", "LU": "3n13c", "LV": "4a13c",
    "LY": "3n3n15n", "MC": "5n5n11c2n", "MD": "2c18c", "ME": "3n13n2n", "MK": "3n10c2n", "MR": "5n5n11n2n",
    "MT": "4a5n18c", "MU": "4a2n2n12n3n3a", "NL": "4a10n", "NO": "4n6n1n", "PK": "4a16c", "PL": "8n16n", "PS": "4a21c",
    "PT": "4n4n11n2n", "QA": "4a21c", "RO": "4a16c", "RS": "3n13n2n", "SA": "2n18c", "SC": "4a2n2n16n3a",
    "SE": "3n16n1n", "SI": "5n8n2n", "SK": "4n6n10n", "SM": "1a5n5n12c", "ST": "4n4n11n2n", "SV": "4a20n",
    "TL": "3n14n2n", "TN": "2n3n13n2n", "TR": "5n1n16c", "UA": "6n19c", "VA": "3n15n", "VG": "4a16n", "XK": "4n10n2n",
}  # fmt: skip
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
"""Bank codes of some countries whose structure begins with letters; the others' letters are drawn."""


class Bban:
    """A country's account numbers."""

    def __init__(self, country: str) -> None:
        structure = [(int(size), kind) for size, kind in re.findall(r"(\d+)([anc])", STRUCTURES[country])]
        shape = [UPPER if kind == "a" else DIGITS for size, kind in structure for _ in range(size)]
        self._check = CHECKS.get(country)
        banks = _BANKS.get(country, ("",))
        # What is written over in the end is a constant, for it must not tell two numbers apart.
        for column in (*range(len(banks[0])), *(self._check.columns if self._check else ())):
            shape[column] = shape[column][0]
        if country == "NO":
            shape[9] = DIGITS[:9]  # see its check
        self._codes = Codes([shape])
        self._banks = np.array([list(bank.encode()) for bank in banks], np.uint8).reshape(len(banks), -1)
        self.words_a_row = self._codes.words_a_row
        self.count = min(self._codes.count * len(banks), MOST_NUMBERED)
        """How many can be numbered."""
        self.free = sum(len(chars) > 1 for chars in shape)
        """The characters that tell them apart, banks aside."""

    def make(self, words: Words) -> Bytes:
        """Account numbers as ``(n, width)`` ASCII from words of shape ``(n, words_a_row)``."""
        return self._finished(self._codes.draw(words), (words[:, 0] % np.uint64(len(self._banks))).astype(np.int64))

    def numbered(self, numbers: Ints) -> Bytes:
        """The account numbers of these numbers, below `count`."""
        rest, bank = np.divmod(numbers, len(self._banks))
        return self._finished(self._codes.numbered(rest), bank)

    def _finished(self, codes: TextPart, bank: Ints) -> Bytes:
        accounts = cast("Bytes", codes)  # as those of one plain shape are
        accounts[:, : self._banks.shape[1]] = self._banks[bank]
        if self._check is not None:
            self._check.write(accounts)
        return accounts


def remainder(account: Bytes, suffix: str) -> Ints:
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
