# /// script
# [tool.dm]
# title = "Customers by country"
# description = "Customers of three countries, each with the postal codes, phone numbers and ibans of its own."
# tags = ["postgres"]
# connections = ["conn_postgres"]
#
# [tool.dm.params.customers]
# type = "integer"
# description = "How many customers to make in all."
# minimum = 10
# maximum = 1_000_000
# default = 300
# ///
"""Conditional logic: the template makes German customers, and each other country has rules of its own."""

from typing import Any
from uuid import UUID

from datamaker import DataMaker

dm = DataMaker()

SHARES = {"Deutschland": 70, "Österreich": 20, "Schweiz": 10}  # percent


def rules_for(country: str) -> dict[str, Any]:
    """What differs from the template in this country."""
    rules: dict[str, Any] = {"country": country}
    match country:
        case "Österreich":
            rules["zip_code"] = dm.callable(lambda row: str(1010 + number(row, 4) % 8983))
            rules["phone"] = dm.callable(lambda row: f"+43 660 {number(row, 7):07d}")
            rules["iban"] = dm.callable(lambda row: iban("AT", f"{number(row, 16):016d}"))
        case "Schweiz":
            rules["zip_code"] = dm.callable(lambda row: str(1000 + number(row, 4) % 8659))
            rules["phone"] = dm.callable(lambda row: f"+41 79 {number(row, 7):07d}")
            rules["iban"] = dm.callable(lambda row: iban("CH", f"{number(row, 17):017d}"))
        case _:
            pass  # as the template has it
    return rules


def number(row: dict[str, Any], digits: int) -> int:
    """A number of so many digits that is the same whenever this customer is made again."""
    return UUID(row["id"]).int % 10**digits


def iban(country: str, account: str) -> str:
    """Country, check digits by ISO 7064 mod 97-10, account."""
    letters = "".join(str(int(letter, 36)) for letter in country)
    return f"{country}{98 - int(f'{account}{letters}00') % 97:02d}{account}"


shop = dm.connection("conn_postgres")
customer = dm.template("tmpl_customer")
total: int = dm.params["customers"]
made: dict[str, int] = {}

for country, share in SHARES.items():
    count = total * share // 100 or 1
    rows = customer.stream(count, overrides=rules_for(country))
    shop.insert("customers_by_country", rows, on_conflict="update", key="id")
    made[country] = count
    dm.log.info("%d customers in %s", count, country)
    dm.progress(sum(made.values()), total)

wrong = shop.execute("""
    SELECT count(*) AS n FROM customers_by_country
    WHERE length(zip_code) <> CASE country WHEN 'Deutschland' THEN 5 ELSE 4 END
       OR left(iban, 2) <> CASE country WHEN 'Deutschland' THEN 'DE' WHEN 'Österreich' THEN 'AT' ELSE 'CH' END
""")[0]["n"]
if wrong:
    raise ValueError(f"{wrong} customers do not look like those of their country")

dm.result(made)
