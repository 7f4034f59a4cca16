"""The field types, one module a family; importing this package registers them all."""

from dm_mcp.generation.fields import (
    choice,
    derived,
    finance,
    identifier,
    mapped,
    nested,
    number,
    person,
    place,
    provider,
    python,
    reference,
    response,
    running_text,
    sequence,
    time,
)

__all__ = [
    "choice",
    "derived",
    "finance",
    "identifier",
    "mapped",
    "nested",
    "number",
    "person",
    "place",
    "provider",
    "python",
    "reference",
    "response",
    "running_text",
    "sequence",
    "time",
]
