"""What a template may reach beside itself: other templates, files of the workspace, the run's ``dm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dm_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template

__all__ = ["NOWHERE", "Surroundings"]


class Surroundings:
    """Nothing at all: what a template alone has. A workspace, a run and a job each give what they have.

    Field types ask for it when they are compiled, never when they are checked.
    """

    def template(self, template_id: str) -> Template:
        """The template of that id. Raises InvalidRequest or a subclass where there is none."""
        raise InvalidRequest(f"there is no template {template_id!r} here.", hint="Use a template of the workspace.")

    def read_file(self, path: str) -> str:
        """The text of a workspace file. Raises InvalidRequest or a subclass where there is none."""
        raise InvalidRequest(f"there is no file {path!r} here.", hint="Put it into the workspace's folder files/.")

    def dm(self) -> Any:
        """The run's `DataMaker`. Raises InvalidRequest where there is no run."""
        raise InvalidRequest("this needs a run of a scenario.", hint="Generate the template from a scenario.")


NOWHERE = Surroundings()
