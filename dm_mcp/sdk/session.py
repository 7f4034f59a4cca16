"""What a run's process knows of its run: the channel to the server, the seed, the parameters, the result so far."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from dm_mcp.errors import InvalidRequest
from dm_mcp.generation.compiled import CompiledTemplate, compile_template
from dm_mcp.generation.inline import inline_template
from dm_mcp.generation.streams import derive_seed
from dm_mcp.sdk.channel import Channel
from dm_mcp.sdk.surroundings import WorkerSurroundings

__all__ = ["Session", "TemplateLike", "begin", "current"]

TemplateLike = str | Mapping[str, Any] | Sequence[Mapping[str, Any]] | type
"""A template's id or name, or what stands in for one: see `inline_template`."""


@dataclass
class Session:
    """One run, seen from inside its process."""

    channel: Channel
    run_id: str
    scenario_id: str
    seed: int
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    result: Any = None
    before_call: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """Called before each call to the server: rows that wait to be sent go first."""

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        """Held while rows wait, are added to, or are sent."""
        self._templates: dict[str, CompiledTemplate] = {}
        self.surroundings = WorkerSurroundings(self.channel, _datamaker)
        """What templates of the run may reach."""
        self._generated: Counter[str] = Counter()
        self._told: set[str] = set()

    def call(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Call the server, after everything that waits to be sent."""
        self.flush()
        return self.channel.call(op, **arguments)

    def flush(self) -> None:
        """Send what waits to be sent."""
        for send in tuple(self.before_call):
            send()

    def template(self, name_or_id: TemplateLike) -> CompiledTemplate:
        """The template of that id or name, compiled once a run, or the one that is given.

        Raises `TemplateNotFound` and `TemplateError`.
        """
        if not isinstance(name_or_id, str):
            return compile_template(inline_template(name_or_id), self.surroundings)
        with self.lock:
            if name_or_id not in self._templates:
                self._templates[name_or_id] = compile_template(
                    self.surroundings.template(name_or_id), self.surroundings
                )
            return self._templates[name_or_id]

    def new_notices(self, compiled: CompiledTemplate) -> list[str]:
        """What a template has to tell that the run was not told before."""
        with self.lock:
            new = [notice for notice in compiled.notices if notice not in self._told]
            self._told.update(new)
        return new

    def seeds(self, seed: int | None) -> Callable[[str], int]:
        """The seed by template of one request for several: the one given, or `seed_for`."""

        def chosen(template_id: str) -> int:
            return self.seed_for(template_id) if seed is None else seed

        return chosen

    def seed_for(self, template_id: str) -> int:
        """The seed of the next rows of a template: the run's own, then others that follow from it.

        So the first rows of a run are those that ``dm-mcp generate`` shows for the same seed, and a second call for the
        same template gives other rows, in every run the same ones.
        """
        with self.lock:
            nth = self._generated[template_id]
            self._generated[template_id] += 1
        return derive_seed(self.seed, template_id, nth) if nth else self.seed


def _datamaker() -> Any:
    from dm_mcp.sdk.datamaker import DataMaker  # noqa: PLC0415 - it imports this module

    return DataMaker()


_current: Session | None = None


def begin(session: Session) -> None:
    """Make this the session that `DataMaker()` finds."""
    global _current  # noqa: PLW0603 - a process is one run; this is its only global
    _current = session


def current() -> Session:
    """The run that this process is. Raises `InvalidRequest` outside a run."""
    if _current is None:
        raise InvalidRequest(
            "DataMaker works inside a run.",
            hint="Save the script in the workspace's folder and start it with `dm-mcp run NAME`.",
        )
    return _current
