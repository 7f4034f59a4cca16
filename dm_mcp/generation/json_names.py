"""What the names of properties say: in ``email`` there are emails, and ``updatedAt`` comes after ``createdAt``."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from dm_mcp.generation.json_kinds import Kind
from dm_mcp.generation.registry import canonical

__all__ = ["follow_each_other", "hinted_kinds", "names_a_person", "plain_name"]

_HINTS = {
    "first_name": ("first_name", "firstname", "given_name", "forename"),
    "last_name": ("last_name", "lastname", "surname", "family_name"),
    "name": ("full_name", "fullname", "customer_name", "contact_name"),
    "email": ("email", "e_mail", "mail", "email_address"),
    "phone": ("phone", "phone_number", "telephone", "mobile", "mobile_phone", "fax"),
    "iban": ("iban",),
    "street": ("street", "street_address", "address", "address_line_1"),
    "zip_code": ("zip_code", "zip", "zipcode", "postal_code", "postcode", "plz"),
    "city": ("city", "town"),
    "country": ("country", "country_name"),
    "country_code": ("country_code",),
    "company": ("company", "company_name", "employer"),
    "uuid": ("id", "uuid", "guid"),
}
_BY_NAME = {name: type_name for type_name, names in _HINTS.items() for name in names}
_SHORTER = {
    "country": Kind("country_code"),
    "email": Kind("regex", {"pattern": r"[a-z]{2,5}@example\.org"}),
}
"""What is taken where few values of a type are short enough."""

_OF_PERSONS = {
    *("age", "birthday", "birthdate", "birth_date", "date_of_birth", "gender", "sex"),
    *(*_HINTS["first_name"], *_HINTS["last_name"], *_HINTS["email"]),
}
_CREATED = ("created_at", "created", "created_on", "creation_date")
_UPDATED = ("updated_at", "updated", "updated_on", "modified_at", "modified", "last_modified")
_LATER = "0s..30d"
_BETWEEN = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def plain_name(name: str) -> str:
    """``first_name`` for "firstName", "First-Name" and the like."""
    return canonical(_BETWEEN.sub("_", name))


def hinted_kinds(name: str, *, of_person: bool = False) -> list[Kind]:
    """The kind of a string of that name, and a shorter one; none if it says nothing."""
    plain = plain_name(name)
    hint = "name" if of_person and plain == "name" else _BY_NAME.get(plain)
    if hint is None:
        return []
    return [Kind(hint), *([_SHORTER[hint]] if hint in _SHORTER else [])]


def names_a_person(names: Collection[str]) -> bool:
    """Whether properties of these names are those of a person, so that ``name`` is theirs."""
    return not _OF_PERSONS.isdisjoint(map(plain_name, names))


def follow_each_other(fields: Sequence[dict[str, Any]]) -> None:
    """Let the moment of a change come after that of the creation, where there are both."""
    moments = [field for field in fields if field["type"] == "datetime"]
    start = next((each for each in moments if plain_name(each["name"]) in _CREATED and not each["optional"]), None)
    for field in moments:
        if start is not None and plain_name(field["name"]) in _UPDATED:
            field["options"] = {"after": f"{start['name']}, {_LATER}"}
