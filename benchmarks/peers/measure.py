"""What the peers' programs have in common: they print a JSON object for each of their routes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

Rows = Sequence[Mapping[str, object]]

CUSTOMERS = [f"00000000-0000-4000-8000-{number:012}" for number in range(100)]
"""The ids that orders pick from."""


def measure(package: str, routes: Mapping[str, Callable[[int], Rows]]) -> None:
    """Run each route, "customer dicts" and the like, as the arguments say: rows a round, and rounds."""
    count, rounds = map(int, sys.argv[1:])
    for route, work in routes.items():
        work(count // 10)
        taken: list[float] = []
        rows: Rows = []
        for _ in range(rounds):
            started = time.perf_counter()
            rows = work(count)
            taken.append(time.perf_counter() - started)
        ibans = [str(row["iban"]) for row in rows if "iban" in row]
        told = {
            "route": route,
            "version": version(package),
            "rate": count / min(taken),
            "right_ibans": sum(map(_is_right, ibans)) / len(ibans) if ibans else None,
            "row": {name: f"{type(value).__name__} {value}" for name, value in rows[0].items()},
        }
        print(json.dumps(told, ensure_ascii=False), flush=True)


def _is_right(iban: str) -> bool:
    """ISO 7064, MOD 97-10."""
    plain = iban.replace(" ", "")
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1
