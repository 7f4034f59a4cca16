"""What makes rows look like those of a real table: people differ, and a row holds together."""

import pytest

from dm_mcp.generation.gazetteer import country_code, country_name
from dm_mcp.generation.slugs import slugger
from tests.generation.fields.test_place import REAL, in_area, spots
from tests.generation.templates import compiled, field, rows

PERSON = [field(kind, kind) for kind in ("first_name", "last_name", "name", "email")]
ADDRESS = [field(kind, kind) for kind in ("street", "zip_code", "city", "state", "country", "country_code", "address")]


@pytest.mark.parametrize(("locale", "names", "least"), [("en_US", 900, 65_000), ("de_DE", 400, 60_000)])
def test_a_hundred_thousand_customers_differ(locale: str, names: int, least: int) -> None:
    people = rows(compiled(field("id", "uuid"), *PERSON, field("iban", "iban"), locale=locale), 100_000)
    assert len({person["id"] for person in people}) == 100_000
    assert len({person["email"] for person in people}) == 100_000
    assert len({person["iban"] for person in people}) > 99_900
    assert len({person["last_name"] for person in people}) >= names
    assert len({person["name"] for person in people}) > least


@pytest.mark.parametrize("locale", REAL)
def test_a_row_names_one_person_and_one_place(locale: str) -> None:
    slug, known = slugger(locale), spots(locale)
    for row in rows(compiled(*PERSON, *ADDRESS, locale=locale), 500):
        assert row["name"] == f"{row['first_name']} {row['last_name']}"
        assert row["email"].startswith(slug(row["first_name"]))
        assert slug(row["last_name"]) in row["email"]
        spot = known[row["city"]]
        assert in_area(row["zip_code"], spot)
        assert row["state"] == spot.state
        assert row["country"] == country_name(locale)
        assert row["country_code"] == country_code(locale)
        assert row["city"] in row["address"]
        assert row["zip_code"] in row["address"]
        assert row["street"] in row["address"]
