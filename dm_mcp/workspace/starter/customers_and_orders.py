# /// script
# [tool.dm]
# title = "Customers and orders"
# description = "Customers, then orders that each reference one of them."
# tags = ["example"]
# connections = ["conn_postgres"]
#
# [tool.dm.params.customers]
# type = "integer"
# description = "How many customers to make."
# minimum = 1
# default = 100
#
# [tool.dm.params.orders]
# type = "integer"
# description = "How many orders to make."
# minimum = 0
# default = 500
# ///
"""An example to change or to delete: what stands above is its header, what main returns is its result."""

from datamaker import DataMaker


def main(dm: DataMaker) -> dict[str, int]:
    shop = dm.connection("conn_postgres")

    # An id that is there already is updated, so that the same seed can be run again.
    customers = dm.generate("tmpl_customer", count=dm.params["customers"])
    shop.insert("customers", customers, on_conflict="update", key="id")
    dm.log.info("stored %d customers", len(customers))

    # Each order belongs to one of these customers; the rows stream into the table without being held.
    one_of_them = dm.pick_from([customer["id"] for customer in customers])
    orders = dm.template("tmpl_order").stream(dm.params["orders"], overrides={"customer_id": one_of_them})
    stored = shop.insert("orders", orders, on_conflict="update", key="id")
    dm.log.info("stored %d orders", stored.inserted + stored.updated)

    return {"customers": len(customers), "orders": stored.inserted + stored.updated}
