"""month, weekday, time_zone: names of times."""

import re

import pytest

from tests.generation.templates import values


@pytest.mark.parametrize(
    ("locale", "first"), [("de_DE", "Januar"), ("fr_FR", "Janvier"), ("en_US", "January"), ("sv_SE", "January")]
)
def test_months_have_names_in_the_locales_language_or_numbers(locale: str, first: str) -> None:
    names = values("month", 600, locale=locale)
    numbers = values("month", 600, {"format": "number"}, locale)
    assert len(set(names)) == 12
    assert {name for name, number in zip(names, numbers, strict=True) if number == 1} == {first}


def test_days_of_the_week_count_from_monday() -> None:
    names, numbers = values("weekday", 600, locale="de_DE"), values("weekday", 600, {"format": "number"})
    assert set(zip(numbers, names, strict=True)) == set(
        enumerate(("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"), 1)
    )


def test_time_zones_are_those_of_iana() -> None:
    made = set(values("time_zone", 5000))
    assert len(made) > 300
    assert "Europe/Berlin" in made
    assert all(re.fullmatch(r"[A-Z][\w+-]+(/[\w+-]+)+", zone) for zone in made)
