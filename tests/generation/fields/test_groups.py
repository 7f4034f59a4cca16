"""Which fields belong together by their names."""

import pytest

from dm_mcp.generation.fields.groups import companion, group_of, member
from dm_mcp.generation.registry import Place


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("city", ()),
        ("zip", ()),
        ("ZipCode", ()),
        ("address_postal_code", ()),
        ("billing_city", ("billing",)),
        ("billingZipCode", ("billing",)),
        ("BILLING_STATE", ("billing",)),
        ("Billing street", ("billing",)),
        ("contact_first_name", ("contact",)),
        ("contact-email", ("contact",)),
        ("parent2FirstName", ("parent", "2")),
        ("größe_city", ("größe",)),
    ],
)
def test_a_group_is_what_is_left_without_the_words_for_the_kind(name: str, group: tuple[str, ...]) -> None:
    assert group_of(name) == group


def test_a_companion_is_of_the_same_group_or_else_the_first() -> None:
    types = {"city": "city", "billing_city": "city", "billing_zip": "zip_code", "shipping_zip": "zip_code"}
    assert companion(Place("billing_zip", "en_US", types), "city") == "billing_city"
    assert companion(Place("shipping_zip", "en_US", types), "city") == "city"
    assert companion(Place("shipping_zip", "en_US", types), "state") is None


def test_a_member_is_of_the_same_group_only() -> None:
    types = {"city": "city", "birth_country": "country", "country": "country"}
    assert member(Place("birth_country", "en_US", types), "city") is None
    assert member(Place("country", "en_US", types), "city") == "city"
