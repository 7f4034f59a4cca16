"""Values a second of each field type with its example's options: into columns, and on as Python values of rows.

Those below 200,000 a second as rows are said to be slow in docs/field-types.md: `_SLOW` in scripts/docs/fields.py.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from dm_mcp.errors import DmError
from dm_mcp.generation.columns import Block
from dm_mcp.generation.compiled import CompiledTemplate, compile_template
from dm_mcp.generation.registry import field_types
from dm_mcp.generation.render.values import to_rows
from dm_mcp.generation.samples import Shop, example_fields
from dm_mcp.generation.template import parse_template

COUNT, ROUNDS, SLOW = 16_384, 5, 200_000
MORE: dict[str, list[dict[str, Any]]] = {
    "mapped": [
        {"name": "code", "type": "enum", "options": {"values": ["DE", "FR", "IT"]}},
        {"name": "value", "type": "mapped", "options": {"field": "code", "map": {"DE": "Germany", "FR": "France"}}},
    ],
    "template": [{"name": "value", "type": "template", "options": {"template_id": "tmpl_order"}}],
    "zip_code": [{"name": "city", "type": "city"}, {"name": "value", "type": "zip_code"}],
}
"""Fields for types whose example says too little."""


class CodeShop(Shop):
    """The templates that examples refer to, in a place where Python code may run."""

    runs_code = True


def compiled_example(name: str, locale: str) -> CompiledTemplate | None:
    """A template with a field ``value`` of that type; None where it needs a connection."""
    fields = MORE.get(name) or example_fields(name)
    template = {"id": "sample", "name": "sample", "locale": locale, "fields": fields}
    try:
        return compile_template(parse_template(template), CodeShop())
    except DmError:
        return None


def best(work: Callable[[], Any]) -> float:
    """Seconds of the fastest round; one round where it takes long."""
    taken: list[float] = []
    while len(taken) < ROUNDS and sum(taken) < 2:
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def rates(compiled: CompiledTemplate) -> tuple[float, float]:
    """Values a second into columns and as rows; what the fields beside it take is part of it."""

    def rows() -> None:
        for block in compiled.blocks(COUNT, 7):
            to_rows(Block(("value",), (block.column("value"),), block.rows))

    columns = best(lambda: [None for _ in compiled.blocks(COUNT, 7)])
    return COUNT / columns, COUNT / best(rows)


def main() -> None:
    """Print a line a type, the slowest first."""
    locale = sys.argv[1] if len(sys.argv) > 1 else "de_DE"
    compiled = {name: compiled_example(name, locale) for name in field_types()}
    measured = {name: rates(each) for name, each in compiled.items() if each is not None and not _needs_run(name)}
    print(f"{f'type, {locale}':20} {'columns/s':>12} {'rows/s':>12}")
    for name, (columns, rows) in sorted(measured.items(), key=lambda item: item[1][1]):
        print(f"{name:20} {columns:12,.0f} {rows:12,.0f} {'slow' if rows < SLOW else ''}")


def _needs_run(name: str) -> bool:
    return name in ("api_response", "db_response")


if __name__ == "__main__":
    main()
