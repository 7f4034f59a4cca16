"""mimesis: its providers called a field at a time. It has no iban, so that a mask of digits stands in."""

from __future__ import annotations

from decimal import Decimal

from measure import CUSTOMERS, Rows, measure
from mimesis import Generic, Locale

fake = Generic(Locale.DE, seed=7)
COUNTRIES = {"Deutschland": 90, "Österreich": 6, "Schweiz": 4}
STATUSES = {"new": 10, "paid": 20, "shipped": 25, "delivered": 40, "cancelled": 5}


def customers(count: int) -> Rows:
    """Dictionaries of typed values."""
    person, address, random = fake.person, fake.address, fake.random
    rows: list[dict[str, object]] = []
    for _ in range(count):
        first, last = person.first_name(), person.last_name()
        rows.append(
            {
                "id": fake.cryptographic.uuid(),
                "first_name": first,
                "last_name": last,
                "email": f"{first}.{last}@example.com".lower(),
                "phone": person.phone_number(),
                "iban": random.generate_string_by_mask("DE####################"),
                "street": f"{address.street_name()} {address.street_number()}",
                "zip_code": address.postal_code(),
                "city": address.city(),
                "country": random.weighted_choice(COUNTRIES),
                "balance": Decimal(random.randint(-20_000, 1_000_000)) / 100,
                "created_at": fake.datetime.datetime(2024, 2025),
            }
        )
    return rows


def orders(count: int) -> Rows:
    """Dictionaries of typed values."""
    random = fake.random
    return [
        {
            "id": fake.cryptographic.uuid(),
            "customer_id": random.choice(CUSTOMERS),
            "status": random.weighted_choice(STATUSES),
            "amount": Decimal(random.randint(500, 250_000)) / 100,
            "placed_at": fake.datetime.datetime(2024, 2025),
        }
        for _ in range(count)
    ]


if __name__ == "__main__":
    measure("mimesis", {"customer dicts": customers, "order dicts": orders})
