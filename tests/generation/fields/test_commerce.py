"""product, product_name, department, company, job_title."""

from importlib import import_module

import pytest

from dm_mcp.errors import TemplateError
from dm_mcp.generation.vocabulary import LOCALES
from tests.generation.templates import BLOCK, numbered, values

TYPES = ["product", "product_name", "department", "company", "job_title"]


def test_a_products_name_says_what_it_is_like_and_of() -> None:
    products = set(values("product", 3000))
    for text in values("product_name", 300):
        quality, material, product = text.split(" ")
        assert product in products
        assert quality[0].isupper()
        assert material[0].isupper()


def test_companies_and_occupations_are_the_locales() -> None:
    assert any(text.endswith("GmbH") for text in values("company", 300, locale="de_DE"))
    assert any(text.startswith("株式会社") for text in values("company", 300, locale="ja_JP"))
    assert set(values("job_title", 300)) <= set(import_module("faker.providers.job.en_US").Provider.jobs)
    assert set(values("job_title", 300, locale="fr_FR")) <= set(
        import_module("faker.providers.job.fr_FR").Provider.jobs
    )


@pytest.mark.parametrize("locale", sorted(LOCALES)[::9])
def test_every_locale_has_companies_and_occupations(locale: str) -> None:
    assert len(set(values("company", 100, locale=locale))) > 20
    assert len(set(values("job_title", 100, locale=locale))) > 10


@pytest.mark.parametrize(
    ("type_name", "reason"),
    [
        ("product", "60 products"),
        ("product_name", "32 qualities, 28 materials and 60 products"),
        ("department", "26 departments"),
    ],
)
def test_they_can_be_numbered(type_name: str, reason: str) -> None:
    made = numbered(type_name)
    assert made.reason == reason
    assert len(set(made.values)) == min(1000, made.count or 0)


@pytest.mark.parametrize("type_name", TYPES)
def test_they_have_no_options(type_name: str) -> None:
    with pytest.raises(TemplateError, match=f"unknown option 'kind' of type '{type_name}'"):
        values(type_name, 1, {"kind": "x"})


@pytest.mark.parametrize("type_name", TYPES)
def test_few_rows_are_the_first_of_many(type_name: str) -> None:
    many = values(type_name, BLOCK + 20)
    assert values(type_name, 20) == many[:20]
    assert many[:20] != many[BLOCK:]
