"""Snowfakery: a recipe each, written as JSON, for it hands its rows to no Python code."""

from __future__ import annotations

import io
import json

from measure import CUSTOMERS, Rows, measure
from snowfakery import generate_data

HEAD = "- snowfakery_version: 3\n- var: snowfakery_locale\n  value: de_DE\n"
CUSTOMER = """
- object: customer
  count: COUNT
  fields:
    uuid: {fake: UUID4}
    first_name: {fake: FirstName}
    last_name: {fake: LastName}
    email: ${{first_name}}.${{last_name}}${{child_index}}@example.com
    phone: {fake: PhoneNumber}
    iban: {fake: Iban}
    street: {fake: StreetAddress}
    zip_code: {fake: Postcode}
    city: {fake: City}
    country:
      random_choice: {Deutschland: 90%, Österreich: 6%, Schweiz: 4%}
    balance:
      fake.pydecimal: {left_digits: 4, right_digits: 2}
    created_at:
      fake.date_time_between: {start_date: -2y, end_date: now}
"""
ORDER = f"""
- object: order
  count: COUNT
  fields:
    uuid: {{fake: UUID4}}
    customer_id:
      random_choice: {CUSTOMERS}
    status:
      random_choice: {{new: 10%, paid: 20%, shipped: 25%, delivered: 40%, cancelled: 5%}}
    amount:
      fake.pydecimal: {{left_digits: 4, right_digits: 2, positive: true}}
    placed_at:
      fake.date_time_between: {{start_date: -2y, end_date: now}}
"""


def rows(recipe: str, count: int) -> Rows:
    """The objects of a recipe."""
    text = io.StringIO()
    generate_data(io.StringIO(HEAD + recipe.replace("COUNT", str(count))), output_format="json", output_file=text)
    return json.loads(text.getvalue())


if __name__ == "__main__":
    measure(
        "snowfakery",
        {
            "customer JSON": lambda count: rows(CUSTOMER, count),
            "order JSON": lambda count: rows(ORDER, count),
        },
    )
