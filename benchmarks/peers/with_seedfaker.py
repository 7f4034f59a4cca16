"""seedfaker, whose generator is Rust: many records in one call. All of its values are strings.

With a context the email is made of the names, and it is faster; so are a thousand records a call beside more. An enum
takes ASCII alone.
"""

from __future__ import annotations

from collections.abc import Callable

from measure import Rows, measure
from seedfaker import SeedFaker

fake = SeedFaker(seed="7", locale="de", since=1_700_000_000, until=1_760_000_000)
A_CALL = 500
"""Records; it is faster with so many than with more. Those of the last call are kept."""

CUSTOMER = [
    *("uuid", "first-name", "last-name", "email", "phone", "iban", "street-address", "postal-code", "city"),
    *("enum:Deutschland=90,Oesterreich=6,Schweiz=4", "amount:plain:-200..10000", "timestamp"),
]
ORDER = [
    *("uuid", "enum:customer-1,customer-2,customer-3,customer-4"),
    *("enum:new=10,paid=20,shipped=25,delivered=40,cancelled=5", "amount:plain:5..2500", "timestamp"),
]


def customers(count: int) -> Rows:
    """Dictionaries of strings."""
    return _in_calls(count, lambda: fake.records(CUSTOMER, n=A_CALL, ctx="strict"))


def orders(count: int) -> Rows:
    """Dictionaries of strings."""
    return _in_calls(count, lambda: fake.records(ORDER, n=A_CALL))


def _in_calls(count: int, call: Callable[[], Rows]) -> Rows:
    rows: Rows = []
    for _ in range(0, count, A_CALL):
        rows = call()
    return rows


if __name__ == "__main__":
    measure("seedfaker", {"customer dicts of strings": customers, "order dicts of strings": orders})
