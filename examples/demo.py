"""The main job, live: seed a PostgreSQL that starts from nothing by a scenario, then look at what is in it."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dm_mcp.console import follow_run, summarise
from dm_mcp.errors import DmError
from dm_mcp.runs.engine import Engine
from dm_mcp.runs.run import Status
from dm_mcp.workspace.phrases import find_scenario
from dm_mcp.workspace.workspace import Workspace

PHRASE = "run the regression seeding scenario"
CUSTOMERS, ORDERS, SEED = 20_000, 100_000, 7
SAMPLE = """
    SELECT c.first_name || ' ' || c.last_name AS customer, c.email, c.city,
           count(*) AS orders, sum(o.amount)::numeric(12, 2) AS total
    FROM customers c JOIN orders o ON o.customer_id = c.id
    GROUP BY c.id ORDER BY total DESC LIMIT 5
"""


async def main() -> int:
    """Run the scenario, show its log, then the rows; the exit status says whether it went well."""
    console = Console(highlight=False)
    started = time.perf_counter()
    workspace = Workspace(Path(__file__).parent.parent / "scenarios")
    console.print(f"[bold]$ dm-mcp run '{PHRASE}' -p customers={CUSTOMERS} -p orders={ORDERS} --seed {SEED}[/]")
    async with Engine(workspace) as engine:
        scenario = find_scenario(PHRASE, workspace.scenarios())
        run = await engine.start(scenario, {"customers": CUSTOMERS, "orders": ORDERS}, SEED)
        await follow_run(run, sys.stdout)
        summarise(run, sys.stdout)
        if run.status is not Status.DONE:
            return 1
        rows = await engine.targets.get("conn_postgres").execute(SAMPLE, [])
    table = Table(*rows[0], title="Read back from PostgreSQL: the customers who spent most")
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)
    console.print(f"{CUSTOMERS + ORDERS:,} rows; {time.perf_counter() - started:.1f} s in all, start-up included")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except KeyboardInterrupt:
        sys.exit(130)
    except DmError as error:
        sys.exit(f"{error.code}: {error}")
