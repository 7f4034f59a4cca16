"""Which fields of a template belong together, by their names: ``billing_city`` goes with ``billing_zip_code``."""

from __future__ import annotations

import re

from dm_mcp.generation.registry import Place

__all__ = ["companion", "group_of", "member"]

_KIND_WORDS = frozenset(
    re.findall(
        r"\w+",
        "city town zip zipcode code postal postcode postalcode plz state province region canton county country street"
        " address first last given family middle name firstname lastname fullname surname forename full sex gender"
        " email mail e phone mobile telephone tel number",
    )
)
"""Words of a field's name that say what kind of value it has, and not whose."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def group_of(name: str) -> tuple[str, ...]:
    """What is left of a field's name without the words for its kind: ("billing",) for ``billingZipCode``."""
    words = (word.lower() for word in _WORD.findall(name))
    return tuple(word for word in words if word not in _KIND_WORDS)


def member(place: Place, type_name: str) -> str | None:
    """The first other field of that type in the same group."""
    group = group_of(place.field)
    return next(
        (
            name
            for name, kind in place.types.items()
            if kind == type_name and name != place.field and group_of(name) == group
        ),
        None,
    )


def companion(place: Place, type_name: str) -> str | None:
    """The first other field of that type in the same group, or else in the template."""
    return member(place, type_name) or place.first_of(type_name)
