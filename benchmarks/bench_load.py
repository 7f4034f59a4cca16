"""Rows a second into PostgreSQL: generated and loaded by a run, beside psql copying the same rows from a ready file.

One table each, primary key and all, on the embedded server; psql (any version, on PATH) reads a CSV that the database
itself wrote. The run's time is all of it: generation, rendering, sandbox, frames, COPY.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dm_mcp.connections.embedded.server import EmbeddedPostgres, Login
from dm_mcp.runs.engine import Engine
from dm_mcp.workspace.workspace import Workspace

SHIPPED = Path(__file__).parent.parent / "scenarios"
CUSTOMERS, ORDERS, ROUNDS = 100_000, 500_000, 3
SCENARIO = f"""
import time
from datamaker import DataMaker
dm = DataMaker()
shop = dm.connection("conn_postgres")
shop.execute("drop table if exists orders, customers")

def timed(load):
    started = time.perf_counter()
    load()
    return time.perf_counter() - started

customer, order = dm.template("tmpl_customer"), dm.template("tmpl_order")
customers = timed(lambda: shop.insert("customers", customer.stream({CUSTOMERS})))
ids = [row["id"] for row in shop.execute("select id::text from customers limit 100000")]
orders = timed(lambda: shop.insert("orders", order.stream({ORDERS}, overrides={{"customer_id": dm.pick_from(ids)}})))
dm.result([customers, orders])
"""


def psql(login: Login, command: str) -> float:
    """Seconds that psql takes for a command, its own start-up included."""
    env = {**os.environ, "PGPASSWORD": login.password}
    target = ["-h", str(login.host), "-p", str(login.port), "-U", login.user, "-d", login.database]
    started = time.perf_counter()
    subprocess.run(["psql", "-q", *target, "-c", command], env=env, check=True)
    return time.perf_counter() - started


async def seed(engine: Engine) -> list[float]:
    """Seconds of the run's two loads."""
    run = await engine.start(engine.workspace.scenario("bench"), seed=7)
    await run.finished()
    if run.error is not None:
        raise run.error
    return run.result


async def main() -> None:
    """Print rows a second and ratios."""
    if shutil.which("psql") is None:
        sys.exit("bench_load needs psql on PATH (Debian: apt-get install postgresql-client)")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "workspace")
        shutil.copytree(SHIPPED, root, ignore=shutil.ignore_patterns(".dm"))
        (root / "bench.py").write_text(SCENARIO)
        workspace = Workspace(root)
        with EmbeddedPostgres(workspace.state) as server:
            async with Engine(workspace) as engine:
                await engine.warm_up()
                ours: list[list[float]] = []
                theirs: list[list[float]] = []
                for _ in range(ROUNDS):
                    ours.append(await seed(engine))
                    theirs.append([copy(server.login(), folder, table) for table in ("customers", "orders")])
    tables = (("customers", CUSTOMERS, 0), ("orders", ORDERS, 1))
    for table, count, at in tables:
        mine = statistics.median(each[at] for each in ours)
        peer = statistics.median(each[at] for each in theirs)
        print(
            f"{count:,} {table}: generated and loaded {count / mine:,.0f} rows/s, "
            f"psql \\copy of a ready CSV {count / peer:,.0f} rows/s, ratio of times {mine / peer:.2f}"
        )


def copy(login: Login, folder: str, table: str) -> float:
    """Write a table's rows to a CSV, empty it, and time how psql loads them again."""
    file = Path(folder, f"{table}.csv")
    psql(login, f"\\copy {table} to '{file}' csv")
    psql(login, f"truncate {table}")
    return psql(login, f"\\copy {table} from '{file}' csv")


if __name__ == "__main__":
    asyncio.run(main())
