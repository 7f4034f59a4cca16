"""What `DataMaker` and `AsyncDataMaker` share: all that takes no time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.overrides import CallableOverride, PickFrom
from dm_mcp.protocol import MAX_PROGRESS, Kind
from dm_mcp.sdk.log import Log
from dm_mcp.sdk.session import current

__all__ = ["BaseDataMaker"]


class BaseDataMaker:
    """The run's parameters, seed, log, progress and result, and the overrides."""

    def __init__(self) -> None:
        self._session = current()
        self.log = Log(self._session)
        """Log records with a level; see `Log`."""

    @property
    def params(self) -> Mapping[str, Any]:
        """The run's parameters, checked against the scenario's header, defaults filled in."""
        return self._session.params

    @property
    def seed(self) -> int:
        """The run's seed: the same seed makes the same rows."""
        return self._session.seed

    @property
    def run_id(self) -> str:
        """The run's id, also in the environment as ``DM_RUN_ID``."""
        return self._session.run_id

    def pick_from(self, values: Iterable[Any], weights: Sequence[float] | None = None) -> PickFrom:
        """An override: each row gets one of ``values``, by ``weights`` if given. Raises `OverrideError`."""
        return PickFrom(values, weights)

    def callable(self, fn: Callable[[dict[str, Any]], Any]) -> CallableOverride:
        """An override: each row gets ``fn(row)``, where ``row`` holds the fields that stand before this one."""
        return CallableOverride(fn)

    def progress(self, done: float, total: float | None = None) -> None:
        """Report how far the run is, in a unit of your own: ``dm.progress(200, 600)``. Raises `InvalidRequest`."""
        for name, value in (("done", done), ("total", total)):
            if value is not None and (isinstance(value, bool) or not 0 <= value <= MAX_PROGRESS):
                raise InvalidRequest(f"{name} is {value!r}.", hint=f"Progress is a number from 0 to {MAX_PROGRESS:g}.")
        self._session.channel.notify(Kind.PROGRESS, {"done": done, "total": total})

    def result(self, value: Any) -> None:
        """Set what the run returns to its caller: JSON-ready data, dates and decimals included."""
        self._session.result = value
