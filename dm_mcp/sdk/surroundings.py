"""What a template may reach in a worker: the workspace, by way of the server, and the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dm_mcp.generation.surroundings import Surroundings
from dm_mcp.generation.template import Template, parse_template
from dm_mcp.sdk.channel import Channel

if TYPE_CHECKING:
    from dm_mcp.sdk.datamaker import DataMaker

__all__ = ["WorkerSurroundings"]


class WorkerSurroundings(Surroundings):
    """Asks the server. Python code of templates may run here, for a worker is what it is fenced in by."""

    def __init__(self, channel: Channel, dm: Callable[[], DataMaker] | None = None, *, runs_code: bool = True) -> None:
        """``dm`` gives the run's own, where the worker is one. A caller who only looks at rows wants no code to run."""
        super().__init__()
        self.runs_code = runs_code
        self._channel = channel
        self._dm = dm

    def template(self, template_id: str) -> Template:
        """The workspace's template of that id or name."""
        return parse_template(self._channel.call("template", name=template_id)["template"])

    def read_file(self, path: str) -> str:
        """The text of a file below ``files/``."""
        return self._channel.call("file", path=path)["text"]

    def dm(self) -> Any:
        """The run's `DataMaker`; None in a worker that only generates."""
        return None if self._dm is None else self._dm()
