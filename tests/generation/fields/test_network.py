"""domain, url, ipv4, ipv6, mac_address, user_agent."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Any

import pytest

from dm_mcp.errors import TemplateError
from tests.generation.templates import BLOCK, numbered, values

TYPES = ["domain", "url", "ipv4", "ipv6", "mac_address", "user_agent"]


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "ru_RU", "ja_JP", "th_TH"])
def test_domains_and_urls_are_plain_words_at_a_reserved_top_level_domain(locale: str) -> None:
    made = values("domain", 300, locale=locale)
    assert all(re.fullmatch(r"[a-z]{2,20}-[a-z]{2,20}\.example", text) for text in made)
    assert len(set(made)) > 200
    made = values("url", 300, locale=locale)
    assert all(re.fullmatch(r"https://[a-z]+-[a-z]+\.example/[a-z]+/[a-z]+", text) for text in made)


def test_domains_are_of_the_locales_words() -> None:
    german, english = (set("-".join(values("domain", 300, locale=locale)).split("-")) for locale in ("de_DE", "en_US"))
    assert len(german & english) < 0.2 * len(german)


def test_public_addresses_are_of_no_network_with_a_purpose_of_its_own() -> None:
    made = values("ipv4", 20_000)
    assert all(IPv4Address(text).is_global for text in made)
    assert {int(text.split(".")[0]) for text in made} == set(range(1, 224)) - {10, 127}


def test_private_addresses_are_of_all_three_networks() -> None:
    made = values("ipv4", 5000, {"private": True})
    assert all(IPv4Address(text).is_private for text in made)
    assert {text.split(".")[0] for text in made} == {"10", "172", "192"}


def test_ipv6_addresses_are_for_documentation_and_in_their_shortest_form() -> None:
    made = values("ipv6", 3000)
    assert all(str(IPv6Address(text)) == text for text in made)
    assert all(IPv6Address(text) in IPv6Network("2001:db8::/32") for text in made)
    assert {len(group) for text in made for group in text.split(":")} == {1, 2, 3, 4}


def test_mac_addresses_are_locally_administered_and_of_one_card() -> None:
    for text in values("mac_address", 500):
        assert re.fullmatch("[0-9a-f]{2}(:[0-9a-f]{2}){5}", text)
        assert int(text[:2], 16) & 0b11 == 0b10


def test_user_agents_are_those_of_several_browsers() -> None:
    made = values("user_agent", 2000)
    assert all(text.startswith("Mozilla/5.0 (") for text in made)
    for name in ("Chrome/", "Firefox/", "Safari/", "Edg/", "Mobile"):
        assert any(name in text for text in made)


@pytest.mark.parametrize(
    ("type_name", "options", "count", "reason"),
    [
        ("ipv4", {"private": True}, 2**24 + 2**20 + 2**16, "private addresses"),
        ("ipv4", {}, 3_702_258_432, "public addresses"),
        ("ipv6", {}, 65_535**3, "3 groups of 16 bits"),
        ("mac_address", {}, 2**46, "46 bits"),
        ("domain", {}, None, "2 of "),
        ("url", {}, None, "4 of "),
        ("user_agent", {}, None, "browsers"),
    ],
)
def test_they_can_be_numbered(type_name: str, options: dict[str, Any], count: int | None, reason: str) -> None:
    made = numbered(type_name, options)
    assert reason in made.reason
    assert count in (None, made.count)
    assert len(set(made.values)) == min(1000, made.count or 0)


@pytest.mark.parametrize(
    ("type_name", "options", "says"),
    [
        ("ipv4", {"private": "no way"}, "option 'private' of type 'ipv4'"),
        ("ipv6", {"private": True}, "unknown option 'private' of type 'ipv6'"),
        ("url", {"tld": "com"}, "unknown option 'tld' of type 'url'"),
    ],
)
def test_a_wrong_option_is_told(type_name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values(type_name, 1, options)
    assert says in caught.value.message


@pytest.mark.parametrize("type_name", TYPES)
def test_few_rows_are_the_first_of_many(type_name: str) -> None:
    many = values(type_name, BLOCK + 20)
    assert values(type_name, 20) == many[:20]
    assert many[:20] != many[BLOCK:]
