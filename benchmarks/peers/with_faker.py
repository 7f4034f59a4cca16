"""Faker as people write it: one generator of the locale, a method a field."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal

from faker import Faker
from measure import CUSTOMERS, Rows, measure

fake = Faker("de_DE")
COUNTRIES = OrderedDict([("Deutschland", 0.9), ("Österreich", 0.06), ("Schweiz", 0.04)])
STATUSES = OrderedDict([("new", 0.1), ("paid", 0.2), ("shipped", 0.25), ("delivered", 0.4), ("cancelled", 0.05)])


def customers(count: int) -> Rows:
    """Dictionaries of typed values."""
    rows: list[dict[str, object]] = []
    for _ in range(count):
        first, last = fake.first_name(), fake.last_name()
        rows.append(
            {
                "id": fake.uuid4(),
                "first_name": first,
                "last_name": last,
                "email": f"{first}.{last}@{fake.safe_domain_name()}".lower(),
                "phone": fake.phone_number(),
                "iban": fake.iban(),
                "street": fake.street_address(),
                "zip_code": fake.postcode(),
                "city": fake.city(),
                "country": fake.random_element(COUNTRIES),
                "balance": Decimal(fake.random_int(-20_000, 1_000_000)) / 100,
                "created_at": fake.date_time_between("-2y"),
            }
        )
    return rows


def orders(count: int) -> Rows:
    """Dictionaries of typed values."""
    return [
        {
            "id": fake.uuid4(),
            "customer_id": fake.random_element(CUSTOMERS),
            "status": fake.random_element(STATUSES),
            "amount": Decimal(fake.random_int(500, 250_000)) / 100,
            "placed_at": fake.date_time_between("-2y"),
        }
        for _ in range(count)
    ]


if __name__ == "__main__":
    measure("faker", {"customer dicts": customers, "order dicts": orders})
