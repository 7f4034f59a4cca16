"""Rows a second made by the engine, in each form, beside Faker called once a field, in one process and one thread."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from faker import Faker

from dm_mcp.generation.compiled import compile_template
from dm_mcp.generation.render.copy import CopyEncoder, CopyTarget
from dm_mcp.generation.render.json_lines import json_lines
from dm_mcp.generation.rows import Rows
from dm_mcp.generation.template import parse_template

TEMPLATE = Path(__file__).parent.parent / "scenarios" / "templates" / "tmpl_customer.json"
COUNT, NAIVE, ROUNDS = 200_000, 3_000, 3
TYPES = {"uuid": "uuid", "decimal": "numeric", "timestamp": "timestamptz"}


def best(work: Callable[[], object], count: int) -> float:
    """Rows a second, the best of some rounds."""
    taken: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return count / min(taken)


def naive() -> None:
    """The same customers by a call of Faker a field."""
    fake = Faker("de_DE")
    for _ in range(NAIVE):
        first, last = fake.first_name(), fake.last_name()
        _ = {
            "id": fake.uuid4(),
            "first_name": first,
            "last_name": last,
            "email": f"{first}.{last}@{fake.domain_name()}",
            "phone": fake.phone_number(),
            "iban": fake.iban(),
            "street": fake.street_address(),
            "zip_code": fake.postcode(),
            "city": fake.city(),
            "country": fake.country(),
            "balance": fake.pydecimal(left_digits=4, right_digits=2),
            "created_at": fake.date_time_between("-2y"),
        }


def main() -> None:
    """Print rows a second and how many times Faker's that is."""
    compiled = compile_template(parse_template(json.loads(TEMPLATE.read_text())))
    targets = [CopyTarget(spec.name, TYPES.get(spec.type, "text")) for spec in compiled.schema]
    encoder = CopyEncoder(targets, "customers")
    forms: dict[str, Callable[[], object]] = {
        "columns": lambda: [None for _ in compiled.blocks(COUNT, 7)],
        "dictionaries": lambda: Rows(compiled.blocks(COUNT, 7), compiled.schema),
        "COPY bytes": lambda: [len(encoder.encode(block, 1)) for block in compiled.blocks(COUNT, 7)],
        "JSON lines": lambda: [len(json_lines(block)) for block in compiled.blocks(COUNT, 7)],
    }
    peer = best(naive, NAIVE)
    print(f"Faker, a call a field: {peer:,.0f} rows/s")
    for form, work in forms.items():
        rate = best(work, COUNT)
        print(f"{form}: {rate:,.0f} rows/s, {rate / peer:.0f} times")


if __name__ == "__main__":
    main()
