"""Strings and numbers of JSON Schema as field types with their options."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any, NamedTuple

from dm_mcp.generation.registry import canonical, find_type

__all__ = ["Kind", "Unmet", "number_kind", "string_kind"]

Schema = Mapping[str, Any]


class Kind(NamedTuple):
    """A field type and its options."""

    type: str
    options: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it


class Unmet(Exception):
    """Raised for a keyword that no field type can follow; says which one, and why."""

    def __init__(self, keyword: str, reason: str) -> None:
        super().__init__(reason)
        self.keyword = keyword
        self.reason = reason


_FORMATS = {
    "date": "date",
    "date-time": "datetime",
    "time": "time",
    "email": "email",
    "idn-email": "email",
    "uuid": "uuid",
    "uri": "url",
    "iri": "url",
    "hostname": "domain",
    "ipv4": "ipv4",
    "ipv6": "ipv6",
}
"""By format of JSON Schema 2020-12; others are notes, as the standard lets them be."""

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
    "company": ("company", "company_name", "employer"),
    "uuid": ("id", "uuid", "guid"),
}
_BY_NAME = {name: type_name for type_name, names in _HINTS.items() for name in names}
_BETWEEN = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_SHORT, _LONG = 2, 64
"""Characters that words of the vocabularies always have, and never have more of."""
_WORDS = 3
_SPREAD = 1000
_MOST_MULTIPLES = 1000
_MOST_DIGITS = 15


def string_kind(name: str, schema: Schema) -> Kind:
    """The type for a string called ``name``. Its format comes first, then a pattern, its name, its length."""
    wanted = _FORMATS.get(schema.get("format", ""))
    if wanted is not None:
        return Kind(_registered(wanted, "format", schema["format"]))
    if "pattern" in schema:
        pattern = re.sub(r"^\^|(?<!\\)\$$", "", schema["pattern"])
        return Kind(_registered("regex", "pattern", pattern), {"pattern": pattern})
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if high is not None and low > high:
        raise Unmet("maxLength", f"it is less than minLength, {low}")
    roomy = low <= _SHORT and (high is None or high >= _LONG)
    hint = _BY_NAME.get(canonical(_BETWEEN.sub("_", name)))
    if roomy and hint is not None and _is_registered(hint):
        return Kind(hint)
    if roomy:
        return Kind("words", {"count": _WORDS})
    keyword = "minLength" if low > _SHORT else "maxLength"
    if high == 0:
        return Kind("enum", {"values": [""]})
    most = low + 8 if high is None else min(high, max(low, 16))
    return Kind(_registered("random_string", keyword, schema[keyword]), {"min": max(low, 1), "max": most})


def _is_registered(type_name: str) -> bool:
    try:
        find_type(type_name)
    except KeyError:
        return False
    return True


def _registered(type_name: str, keyword: str, value: object) -> str:
    if not _is_registered(type_name):
        raise Unmet(keyword, f"no field type makes {value!r:.80}")
    return type_name


def number_kind(schema: Schema, *, whole: bool) -> Kind:
    """The type for a number; ``whole`` for an integer."""
    try:
        return _number_kind(schema, whole=whole)
    except (DecimalException, OverflowError, ValueError):
        keyword = next(
            key for key in ("multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema
        )
        raise Unmet(keyword, "its numbers are not finite, or of too many digits") from None


def _number_kind(schema: Schema, *, whole: bool) -> Kind:
    step = _exact(schema.get("multipleOf"))
    if whole and (step is None or 1 % step == 0):
        step = Decimal(1)
    places = 0 if whole else _places(schema, step)
    unit = Decimal(1).scaleb(-places)
    low, high = _ends(schema, unit if step is None else max(step, unit))
    if low > high:
        raise Unmet("maximum" if "maximum" in schema else "exclusiveMaximum", f"no number lies above {low} and below")
    if step is not None and step != unit:
        return _multiples(low, high, step, whole=whole)
    if whole:
        return Kind("number", {"min": math.ceil(low), "max": math.floor(high)})
    return Kind("float", {"min": float(low), "max": float(high), "precision": places})


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))


def _places(schema: Schema, step: Decimal | None) -> int:
    """Digits after the point: those of the step, or else two, or those of the ends."""
    if step is not None:
        return _digits_after_point(step)
    ends = [schema[key] for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema]
    exact = [Decimal(repr(end)) for end in ends if not isinstance(end, bool)]
    places = max([2, *map(_digits_after_point, exact)])
    largest = max([0, *(end.adjusted() + 1 for end in exact)])
    return max(0, min(places, _MOST_DIGITS - largest))


def _digits_after_point(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _ends(schema: Schema, unit: Decimal) -> tuple[Decimal, Decimal]:
    """The least and the greatest number that is allowed; where one is left open, not far from the other."""
    low = _end(schema, "minimum", "exclusiveMinimum", unit)
    high = _end(schema, "maximum", "exclusiveMaximum", -unit)
    if low is None:
        low = Decimal(0) if high is None or high >= 0 else high - _SPREAD
    if high is None:
        high = max(Decimal(_SPREAD), low + _SPREAD)
    return low, high


def _end(schema: Schema, inclusive: str, exclusive: str, inwards: Decimal) -> Decimal | None:
    """Drafts up to 4 have ``exclusiveMinimum: true`` beside the minimum, later ones the number itself."""
    ends: list[Decimal] = []
    if inclusive in schema:
        end = Decimal(repr(schema[inclusive]))
        ends.append(end + inwards if schema.get(exclusive) is True else end)
    if exclusive in schema and not isinstance(schema[exclusive], bool):
        ends.append(Decimal(repr(schema[exclusive])) + inwards)
    if not ends:
        return None
    return max(ends) if inwards > 0 else min(ends)


def _multiples(low: Decimal, high: Decimal, step: Decimal, *, whole: bool) -> Kind:
    first, last = math.ceil(low / step), math.floor(high / step)
    numbers = [step * at for at in range(first, min(last, first + _MOST_MULTIPLES - 1) + 1)]
    numbers = [number for number in numbers if not whole or number % 1 == 0]
    if not numbers:
        raise Unmet("multipleOf", f"no multiple of it lies between {low} and {high}")
    return Kind("enum", {"values": [int(number) if number % 1 == 0 else float(number) for number in numbers]})
