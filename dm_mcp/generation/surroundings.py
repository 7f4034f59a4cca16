"""What a template may reach beside itself: other templates, files of the workspace, the run's ``dm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dm_mcp.errors import InvalidRequest, TemplateError

if TYPE_CHECKING:
    from dm_mcp.generation.compiled import CompiledTemplate
    from dm_mcp.generation.template import Template

__all__ = ["NOWHERE", "Surroundings"]


class Surroundings:
    """Nothing at all: what a template alone has. A workspace, a run and a job each give what they have.

    Field types ask for it when they are compiled, never when they are checked.
    """

    runs_code = False
    """Whether Python code of a template may run here: in a worker alone."""

    def __init__(self) -> None:
        self._compiled: dict[str, CompiledTemplate | None] = {}

    def template(self, template_id: str) -> Template:
        """The template of that id. Raises InvalidRequest or a subclass where there is none."""
        raise InvalidRequest(f"there is no template {template_id!r} here.", hint="Use a template of the workspace.")

    def compiled(self, template_id: str) -> CompiledTemplate:
        """The template of that id, compiled once. Raises as `template`, and TemplateError."""
        from dm_mcp.generation.compiled import compile_template  # noqa: PLC0415 - that compiles fields, which look here

        if template_id not in self._compiled:
            self._compiled[template_id] = None
            try:
                self._compiled[template_id] = compile_template(self.template(template_id), self)
            finally:
                if self._compiled[template_id] is None:
                    del self._compiled[template_id]
        made = self._compiled[template_id]
        if made is None:
            raise TemplateError(
                f"templates refer to each other in a circle, {template_id} among them.", hint="Break it at one of them."
            )
        return made

    def read_file(self, path: str) -> str:
        """The text of a workspace file. Raises InvalidRequest or a subclass where there is none."""
        raise InvalidRequest(f"there is no file {path!r} here.", hint="Put it into the workspace's folder files/.")

    def dm(self) -> Any:
        """The run's `DataMaker`; None where there is no run."""
        return None


NOWHERE = Surroundings()
