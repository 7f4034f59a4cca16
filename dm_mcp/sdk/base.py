"""What `DataMaker` and `AsyncDataMaker` share: all that takes no time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.compiled import CompiledTemplate
from dm_mcp.generation.overrides import CallableOverride, PickFrom
from dm_mcp.protocol import MAX_PROGRESS, Kind
from dm_mcp.sdk.log import Log
from dm_mcp.sdk.session import TemplateLike, current

__all__ = ["BaseDataMaker"]


class BaseDataMaker:
    """The run's parameters, seed, log, progress and result, and the overrides."""

    def __init__(self) -> None:
        self._session = current()
        self.log = Log(self._session)
        """Log records with a level and fields; see `Log`."""

    def _compiled(self, name_or_id: TemplateLike) -> CompiledTemplate:
        """The template, compiled; what a user should know of it goes to the log, once a run."""
        compiled = self._session.template(name_or_id)
        for notice in self._session.new_notices(compiled):
            self.log.warning("%s", notice)
        return compiled

    @property
    def params(self) -> Mapping[str, Any]:
        """The run's parameters by name: a read-only mapping, checked against the header, defaults filled in.

        They have the types that the header declares: an ``integer`` is an int, an ``array`` a list. ``get``, ``in`` and
        ``{**dm.params}`` work as for any mapping. Raises `ParamsError`, which is a KeyError here, for a parameter that
        the header does not declare::

            environment = dm.params.get("environment", "dev")
        """
        return self._session.params

    @property
    def seed(self) -> int:
        """The run's seed, from 0 to 2**53 - 1: the same seed makes the same rows. Given by the caller, or picked."""
        return self._session.seed

    @property
    def run_id(self) -> str:
        """The run's id, such as ``run_353d6840f989``; also in the environment as ``DM_RUN_ID``."""
        return self._session.run_id

    def pick_from(self, values: Iterable[Any], weights: Sequence[float] | None = None) -> PickFrom:
        """An override: each row gets one of ``values``, each as likely, or by ``weights``.

        ``values`` is read to its end at once: a list, or any other iterable. ``weights`` are relative, one a value,
        zero or more. Which row gets which value follows from the seed. One override may serve many requests: make it
        once. Raises `OverrideError` when there are no values or the weights do not fit::

            status = dm.pick_from(["new", "paid", "sent"], weights=[1, 3, 6])
            orders = dm.generate("tmpl_order", 20, overrides={"status": status})
        """
        return PickFrom(values, weights)

    def callable(self, fn: Callable[[dict[str, Any]], Any]) -> CallableOverride:
        """An override: each row gets what ``fn(row)`` returns.

        ``row`` is a dictionary of the fields that stand before this one in the template, overrides included. ``fn`` is
        called once a row, in order. What it raises ends the run, unless the script catches it::

            balance = dm.callable(lambda row: 100 if row["country"] == "Schweiz" else 0)
            customers = dm.generate("tmpl_customer", 5, overrides={"balance": balance})
        """
        return CallableOverride(fn)

    def progress(self, done: float, total: float | None = None) -> None:
        """Report how far the run is, in a unit of your own: rows, files, percent.

        Clients that show progress show ``done`` of ``total``; without ``total`` only ``done``. Both are numbers from 0
        to 1e15. It may be called as often as the script likes. Raises `InvalidRequest` for anything else::

            for done in range(0, 500, 100):
                dm.progress(done, 500)
        """
        for name, value in (("done", done), ("total", total)):
            if value is not None and (isinstance(value, bool) or not 0 <= value <= MAX_PROGRESS):
                raise InvalidRequest(f"{name} is {value!r}.", hint=f"Progress is a number from 0 to {MAX_PROGRESS:g}.")
        self._session.channel.notify(Kind.PROGRESS, {"done": done, "total": total})

    def result(self, value: Any) -> None:
        """Set what the run returns to its caller; a later call replaces it.

        ``value`` is plain data: None, booleans, numbers, text, lists and dictionaries with text as keys; dates,
        decimals, uuids and bytes become text. Return a short summary: at most 16 MiB are taken, and an agent reads all
        of it. A script with a ``main`` may return the value instead, and what it returns wins. A value that can't be
        sent fails the run with the code ``script_error``::

            dm.result({"customers": 100, "orders": 500})
        """
        self._session.result = value
