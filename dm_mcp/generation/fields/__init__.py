"""The field types, one module a family; importing this package registers them all."""

from dm_mcp.generation.fields import (
    card,
    choice,
    derived,
    finance,
    iban,
    identifier,
    number,
    person,
    place,
    product_code,
    provider,
    running_text,
    text,
    time,
)

__all__ = [
    "card",
    "choice",
    "derived",
    "finance",
    "iban",
    "identifier",
    "number",
    "person",
    "place",
    "product_code",
    "provider",
    "running_text",
    "text",
    "time",
]
