"""Field types for the internet: domain, url, ipv4, ipv6, mac_address, user_agent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network
from itertools import pairwise
from typing import ClassVar

import numpy as np

from dm_mcp.generation.codes import Codes, Ranges, scrambled
from dm_mcp.generation.columns import Bytes, Column, Ints, Picked, Pool, Slices, TextColumn, TextPart
from dm_mcp.generation.fields.identifier import hexadecimal
from dm_mcp.generation.fields.numbered import NumberedText
from dm_mcp.generation.registry import BlockContext, Distinct, FieldType, NoOptions, Options, Place, field_type
from dm_mcp.generation.schema import ColumnType
from dm_mcp.generation.slugs import slugger
from dm_mcp.generation.streams import Words, octets
from dm_mcp.generation.vocabulary import vocabulary

__all__ = ["Domain", "Ipv4", "Ipv4Options", "Ipv6", "MacAddress", "Url", "UserAgent"]

_MOST_WORDS = 1000
_TOP = ".example"
"""A top-level domain that is reserved for documentation (RFC 2606, section 2): nothing there is ever reached."""


@cache
def _words(locale: str) -> Pool:
    """Words of the locale that may stand in the name of a host, without hyphens, each once."""
    slugs = map(slugger(locale), vocabulary(locale).sentence()[0].words[:_MOST_WORDS])
    return Pool(dict.fromkeys(slug for slug in slugs if re.fullmatch("[a-z]{2,20}", slug)))


class _OfWords(NumberedText[NoOptions]):
    """Text with words of the locale in some places."""

    _form: tuple[str, ...]
    """What stands before each word, and at the end."""

    def __init__(self, options: NoOptions, place: Place) -> None:
        super().__init__(options, place)
        self._pool = _words(place.locale)

    def distinct(self) -> Distinct:
        """Any words in any places."""
        places = len(self._form) - 1
        return Distinct(len(self._pool) ** places, f"{places} of {len(self._pool)} words")

    def numbered(self, numbers: Ints) -> Column:
        """The first word changes with each number."""
        parts: list[TextPart] = []
        for before in self._form[:-1]:
            numbers, word = np.divmod(numbers, len(self._pool))
            parts += [before, Picked(self._pool, word)] if before else [Picked(self._pool, word)]
        return TextColumn((*parts, self._form[-1]) if self._form[-1] else tuple(parts))


@field_type("domain")
class Domain(_OfWords):
    """The name of a host that nobody has, of the locale's words, e.g. "notice-decade.example".

    The top-level domain is reserved for documentation (RFC 2606), so that nothing is ever reached.
    """

    _form = ("", "-", _TOP)


@field_type("url", "uri")
class Url(_OfWords):
    """An address of a page that nobody has, of the locale's words, e.g. "https://notice-decade.example/often/part".

    The host is as in a domain: nothing is ever reached.
    """

    _form = ("https://", "-", f"{_TOP}/", "/", "")


_SPECIAL = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/3",
)  # fmt: skip
"""The networks of the IANA IPv4 special-purpose address registry (RFC 6890) and all that is no single host's."""

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""For private networks (RFC 1918)."""


def _ends(networks: Sequence[str]) -> list[tuple[int, int]]:
    return [(int(net[0]), int(net[-1])) for net in map(IPv4Network, networks)]


def _between(ends: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What lies between ranges that ascend."""
    return [(last + 1, first - 1) for (_, last), (first, _) in pairwise(ends) if last + 1 < first]


_ADDRESSES = {True: Ranges(_ends(_PRIVATE)), False: Ranges(_between(_ends(_SPECIAL)))}
_OCTETS = Pool(map(str, range(256)))


class Ipv4Options(Options):
    """``private``: addresses of private networks alone."""

    private: bool = False


@field_type("ipv4", "ip", "ip_address")
class Ipv4(NumberedText[Ipv4Options]):
    """An address of the internet, e.g. "93.184.215.14"; ``{"private": true}`` gives "10.97.3.120".

    Public addresses are drawn from all that hosts may have, since those for documentation are too few (762), and belong
    to somebody by chance: look at them, and connect to none. Private ones (RFC 1918) reach nobody outside.
    """

    localised: ClassVar[bool] = False

    def distinct(self) -> Distinct:
        """All addresses of the kind."""
        kind = "private" if self.options.private else "public"
        return Distinct(_ADDRESSES[self.options.private].count, f"{kind} addresses")

    def numbered(self, numbers: Ints) -> Column:
        """In ascending order."""
        address, _ = _ADDRESSES[self.options.private].at(numbers)
        first, second, third, fourth = (Picked(_OCTETS, address >> shift & 255) for shift in (24, 16, 8, 0))
        return TextColumn((first, ".", second, ".", third, ".", fourth))


_GROUPS = 6


@field_type("ipv6")
class Ipv6(FieldType[NoOptions]):
    """An address of the network 2001:db8::/32, e.g. "2001:db8:85a3:9c1:1319:8a2e:370:7348".

    The network is reserved for documentation (RFC 3849): nothing is ever reached. The form is that of RFC 5952; no
    group is zero.
    """

    localised: ClassVar[bool] = False

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct:
        """As many as the last three groups tell apart."""
        return Distinct(0xFFFF**3, "3 groups of 16 bits")

    def numbered(self, numbers: Ints) -> Column:
        """The last three groups are the number, the others hang on it."""
        groups = self._groups(scrambled(numbers, 2))
        for column in range(_GROUPS - 1, _GROUPS - 4, -1):
            numbers, groups[:, column] = np.divmod(numbers, 0xFFFF)
        return self._column(groups)

    def make(self, context: BlockContext) -> Column:
        """Two words a row."""
        return self._column(self._groups(context.words(2)))

    def _groups(self, words: Words) -> Ints:
        """Numbers below 2**16 - 1, from sixteen bits each."""
        bits = octets(np.ascontiguousarray(words)).view("<u2").reshape(len(words), -1)[:, :_GROUPS]
        return bits.astype(np.int64) * 0xFFFF >> 16

    def _column(self, groups: Ints) -> Column:
        parts: list[TextPart] = ["2001:db8"]
        for column in range(_GROUPS):
            parts += [":", _hexadecimal_number(groups[:, column] + 1)]
        return TextColumn(tuple(parts))


def _hexadecimal_number(values: Ints) -> Slices:
    """Numbers from 1 to 2**16 - 1 in hexadecimal, without leading zeros."""
    text: Bytes = hexadecimal(values.astype(">u2").view(np.uint8).reshape(-1, 2))
    size = 1 + (values > 0xF).astype(np.int64) + (values > 0xFF) + (values > 0xFFF)
    return Slices(text.reshape(-1), np.arange(4, 4 * len(values) + 4, 4, dtype=np.int64) - size, size)


_HEX = "0123456789abcdef"
_MAC = Codes([[_HEX, "26ae", *(":", _HEX, _HEX) * 5]])


@field_type("mac_address", "mac")
class MacAddress(FieldType[NoOptions]):
    """The address of a network card, e.g. "5a:41:9f:c2:07:be".

    It is of a single card and locally administered (IEEE 802, section 8.2.2; RFC 9542), so no maker has given it away.
    """

    localised: ClassVar[bool] = False

    def column_type(self) -> ColumnType:
        """Text."""
        return ColumnType.TEXT

    def distinct(self) -> Distinct:
        """All bits but the two that say what kind of address it is."""
        return Distinct(_MAC.count, "46 bits")

    def numbered(self, numbers: Ints) -> Column:
        """In ascending order."""
        return TextColumn((_MAC.numbered(numbers),))

    def make(self, context: BlockContext) -> Column:
        """A word for each four characters."""
        return TextColumn((_MAC.draw(context.words(_MAC.words_a_row)),))


_WINDOWS, _MAC_OS, _LINUX = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"
_CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 "
_SAFARI = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} "
_AGENTS = Pool(
    [
        _CHROME.format(system, version) + "Safari/537.36"
        for system in (_WINDOWS, _MAC_OS, _LINUX)
        for version in range(120, 144)
    ]
    + [_CHROME.format("Linux; Android 10; K", version) + "Mobile Safari/537.36" for version in range(120, 144)]
    + [_CHROME.format(_WINDOWS, version) + f"Safari/537.36 Edg/{version}.0.0.0" for version in range(120, 144)]
    + [
        f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
        for system in (_WINDOWS, "Macintosh; Intel Mac OS X 10.15", _LINUX)
        for version in range(121, 147)
    ]
    + [_SAFARI.format(_MAC_OS, version) + "Safari/605.1.15" for version in ("17.4", "17.6", "18.1", "18.5", "26.0")]
    + [
        _SAFARI.format(f"iPhone; CPU iPhone OS {version.replace('.', '_')} like Mac OS X", version)
        + "Mobile/15E148 Safari/604.1"
        for version in ("17.4", "17.6", "18.1", "18.5")
    ]
)
"""What the browsers of 2024 and 2025 call themselves."""


@field_type("user_agent")
class UserAgent(NumberedText[NoOptions]):
    """What a browser calls itself, e.g. "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"."""

    localised: ClassVar[bool] = False

    def distinct(self) -> Distinct:
        """All browsers, in all versions."""
        return Distinct(len(_AGENTS), f"{len(_AGENTS)} browsers")

    def numbered(self, numbers: Ints) -> Column:
        """Browser by browser."""
        return TextColumn((Picked(_AGENTS, numbers),))
