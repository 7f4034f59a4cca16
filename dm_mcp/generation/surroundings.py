"""What a template may reach beside itself: other templates, files of the workspace, the run's ``dm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dm_mcp.errors import InvalidRequest, TemplateError

if TYPE_CHECKING:
    from dm_mcp.generation.compiled import CompiledTemplate
    from dm_mcp.generation.template import Template

__all__ = ["NOWHERE", "Surroundings"]


_DEEPEST = 20


class Surroundings:
    """Nothing at all: what a template alone has. A workspace, a run and a job each give what they have.

    Field types ask for it when they are compiled, never when they are checked.
    """

    runs_code = False
    """Whether Python code of a template may run here: in a worker alone."""

    def __init__(self) -> None:
        self._compiled: dict[str, CompiledTemplate | None] = {}
        self._inside: dict[tuple[str, ...], CompiledTemplate] = {}

    def template(self, template_id: str) -> Template:
        """The template of that id. Raises InvalidRequest or a subclass where there is none."""
        raise InvalidRequest(f"there is no template {template_id!r} here.", hint="Use a template of the workspace.")

    def compiled(self, template_id: str) -> CompiledTemplate:
        """The template of that id, compiled once. Raises as `template`, and TemplateError."""
        from dm_mcp.generation.compiled import compile_template  # noqa: PLC0415 - that compiles fields, which look here

        if template_id not in self._compiled:
            if sum(made is None for made in self._compiled.values()) >= _DEEPEST:
                raise TemplateError(
                    f"templates refer to each other more than {_DEEPEST} deep.", hint="Refer to fewer of them."
                )
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

    def compiled_inside(self, template_id: str, chain: tuple[str, ...]) -> CompiledTemplate:
        """The template of that id as it is nested in the others of ``chain``, compiled once. Raises as `compiled`."""
        from dm_mcp.generation.compiled import CompiledTemplate  # noqa: PLC0415 - as above

        key = (*chain, template_id)
        if key not in self._inside:
            self._inside[key] = CompiledTemplate(self.template(template_id), self, chain)
        return self._inside[key]

    def read_file(self, path: str) -> str:
        """The text of a workspace file. Raises InvalidRequest or a subclass where there is none."""
        raise InvalidRequest(f"there is no file {path!r} here.", hint="Put it into the workspace's folder files/.")

    def dm(self) -> Any:
        """The run's `DataMaker`; None where there is no run."""
        return None


NOWHERE = Surroundings()
