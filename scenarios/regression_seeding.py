# /// script
# [tool.dm]
# title = "Regression seeding"
# description = "Customers, then orders that each reference one of them, checked by SQL at the end."
# tags = ["regression", "postgres"]
# connections = ["conn_postgres"]
# timeout = 1800
#
# [tool.dm.params.environment]
# type = "string"
# description = "Where the rows are for: an order without a customer fails a regression run, in dev it is only logged."
# enum = ["dev", "regression"]
# default = "regression"
#
# [tool.dm.params.customers]
# type = "integer"
# description = "How many customers to make."
# minimum = 1
# maximum = 1_000_000
# default = 100
#
# [tool.dm.params.orders]
# type = "integer"
# description = "How many orders to make."
# minimum = 0
# maximum = 10_000_000
# default = 500
# ///
"""Customers, then orders that each reference one of them."""

from collections.abc import Iterator

from datamaker import DataMaker

BATCH = 50_000  # rows made and stored at a time, so that large counts need little memory

LOST_ORDERS = """
    SELECT count(*) AS n FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.id IS NULL
"""


def main(dm: DataMaker) -> dict[str, object]:
    environment, customers, orders = dm.params["environment"], dm.params["customers"], dm.params["orders"]
    shop = dm.connection("conn_postgres")
    dm.log.info("seeding %d customers and %d orders for %s", customers, orders, environment)

    # 1. Customers. An id that is there already is updated, so that the same seed can be run again.
    customer_ids: list[str] = []
    for count in batches(customers):
        rows = dm.generate("tmpl_customer", count=count)
        shop.insert("customers", rows, on_conflict="update", key="id")
        customer_ids += [row["id"] for row in rows]
        dm.progress(len(customer_ids), customers + orders)
    dm.log.info("customers are in")

    # 2. Orders. Each belongs to one of these customers; the rows stream into the table without being held.
    order = dm.template("tmpl_order")
    one_of_them = dm.pick_from(customer_ids)
    stored = 0
    for count in batches(orders):
        rows = order.stream(count, overrides={"customer_id": one_of_them})
        shop.insert("orders", rows, on_conflict="update", key="id")
        stored += count
        dm.progress(customers + stored, customers + orders)
    dm.log.info("orders are in")

    # 3. Let the database say that it fits together.
    lost = shop.execute(LOST_ORDERS)[0]["n"] if orders else 0
    if lost and environment == "regression":
        raise ValueError(f"{lost} orders have no customer")
    if lost:
        dm.log.error("%d orders have no customer", lost)

    return {"environment": environment, "customers": customers, "orders": orders, "orders_without_customer": lost}


def batches(total: int) -> Iterator[int]:
    """Split a count: 120,000 is 50,000, 50,000 and 20,000."""
    for done in range(0, total, BATCH):
        yield min(BATCH, total - done)
