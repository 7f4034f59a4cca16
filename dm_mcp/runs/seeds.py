"""The seed of a run or a request for rows."""

from __future__ import annotations

import secrets

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.schema import MAX_SEED

__all__ = ["check_seed"]

_PICKED_SEED = 2**31  # seeds that we pick are short enough to type


def check_seed(seed: int | None) -> int:
    """The seed, or one picked by chance. Raises `InvalidRequest` when it is out of range."""
    if seed is None:
        return secrets.randbelow(_PICKED_SEED)
    if not 0 <= seed <= MAX_SEED:
        raise InvalidRequest(f"The seed {seed} is out of range.", hint=f"A seed is between 0 and {MAX_SEED}.")
    return seed
