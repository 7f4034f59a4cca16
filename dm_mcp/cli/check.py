"""``dm-mcp check``: whether everything in a workspace would work, without running it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dm_mcp.cli.arguments import Commands, open_workspace
from dm_mcp.cli.exit_status import ExitStatus
from dm_mcp.errors import DmError, MissingPackage, NotAllowed, OutOfScope, TemplateError, WorkspaceError

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template
    from dm_mcp.runs.engine import Engine
    from dm_mcp.workspace.scenarios import Scenario
    from dm_mcp.workspace.workspace import Workspace

__all__ = ["add"]


def add(commands: Commands) -> None:
    """Add the command."""
    commands.add("check", _check, "check scenarios, templates, connections and the isolation of runs")


class _Report:
    """Prints a line for each thing that was looked at, and counts the faults."""

    def __init__(self) -> None:
        self.faults = 0

    def ok(self, name: str, detail: object) -> None:
        print(f"ok     {name}: {detail}")

    def warn(self, name: str, detail: object) -> None:
        print(f"WARN   {name}: {detail}")

    def fault(self, name: str, detail: object) -> None:
        self.faults += 1
        print(f"FAULT  {name}: {detail}")


async def _check(args: argparse.Namespace) -> int:
    from dm_mcp.runs.engine import Engine

    workspace = open_workspace(args)
    report = _Report()
    async with Engine(workspace) as engine:
        report.ok("workspace", workspace.root)
        for scenario in workspace.scenarios():
            faults = list(_faults(scenario, workspace))
            for fault in faults:
                report.fault(f"scenario {scenario.id}", fault)
            if not faults:
                report.ok(f"scenario {scenario.id}", scenario.title)
        for entry in workspace.templates():
            faults = [entry.error] if entry.error else list(_missing(entry.template, workspace, entry.file))
            if entry.template and not faults:
                faults = await _trial(entry.template, engine, entry.file)
            for fault in faults:
                report.fault(f"template {entry.id}", fault)
            if entry.template and not faults:
                report.ok(f"template {entry.id}", f"{len(entry.template.fields)} fields")
        for connection_id in workspace.config.connections:
            try:
                report.ok(f"connection {connection_id}", await engine.targets.get(connection_id).verify())
            except DmError as error:
                report.fault(f"connection {connection_id}", error)
        await _tell_isolation(engine, report)
    return ExitStatus.FAILED if report.faults else ExitStatus.WELL


async def _trial(template: Template, engine: Engine, file: str) -> list[DmError]:
    """What keeps a row of the template from being made; of one that does something outside, nothing is made."""
    from dm_mcp.generation.template import has_effects

    async def unseen(_: bytes) -> None:
        """Drop the row."""

    if has_effects(template):
        return []
    try:
        await engine.generator.generate(template, 1, unseen, seed=0)
    except DmError as error:
        error.where.setdefault("file", file)
        return [error]
    return []


def _missing(template: Template | None, workspace: Workspace, file: str) -> Iterator[DmError]:
    """The templates that a template's fields name and that are not there, or broken."""
    from dm_mcp.generation.template import needed_templates

    for field, name in needed_templates(template) if template else ():
        try:
            workspace.template(name)
        except DmError as error:
            yield TemplateError(error.message, hint=error.hint, file=file, field=field)


def _faults(scenario: Scenario, workspace: Workspace) -> Iterator[DmError]:
    """What keeps a run of the scenario from ending well, as far as it shows before one."""
    from dm_mcp.workers.dependencies import check_dependencies
    from dm_mcp.workspace.names import names_in
    from dm_mcp.workspace.policy import check_scenario

    if scenario.error is not None:
        yield scenario.error
        return
    try:
        check_scenario(workspace.config, scenario)
    except NotAllowed as error:
        yield error
    for requirement in scenario.header.dependencies:
        try:
            check_dependencies([requirement], scenario.file)
        except MissingPackage as error:
            error.where["line"] = _line_of(requirement, scenario.source)
            yield error
    for kind, name, line in names_in(scenario.source):
        try:
            if kind == "template":
                workspace.template(name)
            else:
                _check_connection(name, scenario, workspace)
        except (OutOfScope, WorkspaceError) as error:
            message = f"{error.place}: {error.message}" if error.place else error.message
            yield type(error)(message, hint=error.hint, file=scenario.file, line=line)


def _check_connection(name: str, scenario: Scenario, workspace: Workspace) -> None:
    """Raise the error that a run of the scenario would meet."""
    config = workspace.config
    id_ = config.connection_id(name)
    if id_ is None:
        hint = f"dm.toml has: {', '.join(config.connections) or 'no connection'}."
        raise WorkspaceError(f"There is no connection {name!r:.60} in dm.toml.", hint=hint)
    if id_ not in scenario.connections:
        hint = "Add it to `connections` in the header."
        raise OutOfScope(f"The header's connections leave out {name!r:.60}.", hint=hint)


def _line_of(requirement: str, source: str) -> int:
    """The line of the comments that names the requirement; the first line where it can't be told."""
    lines = enumerate(source.split("\n"), 1)
    return next((number for number, line in lines if line.startswith("#") and requirement in line), 1)


async def _tell_isolation(engine: Engine, report: _Report) -> None:
    from dm_mcp.workers.sandbox import Isolation

    await engine.warm_up()
    supervisor = engine.supervisor
    tell = report.ok if supervisor.isolation == Isolation.NAMESPACES else report.warn
    tell("isolation", f"{supervisor.isolation}. {supervisor.isolation_note}".rstrip())
    for name, reason in supervisor.layers.items():
        if reason:
            report.warn(f"layer {name}", f"off: {reason}")
        else:
            report.ok(f"layer {name}", "on")
