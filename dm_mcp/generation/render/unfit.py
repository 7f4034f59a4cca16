"""The error inside the renderers: a value that its target can't hold. Callers add the place and raise a `DmError`."""

from __future__ import annotations

import numpy as np

from dm_mcp.generation.columns import Mask

__all__ = ["Unfit", "require"]


class Unfit(Exception):
    """Raised when a value can't be rendered. ``reason`` and ``hint`` never hold the value, which may be sensitive."""

    def __init__(self, reason: str, hint: str = "", index: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.index = index
        """The row inside the block, from 0."""


def require(good: Mask, null: Mask | None, reason: str, hint: str = "") -> None:
    """Raise Unfit for the first row that is not null and not ``good``."""
    bad = ~good if null is None else ~(good | null)
    if bad.any():
        raise Unfit(reason, hint, int(np.argmax(bad)))
