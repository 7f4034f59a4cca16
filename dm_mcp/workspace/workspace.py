"""The workspace: the folder that a user owns, read anew whenever a file of it has changed."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

from dm_mcp.errors import ScenarioNotFound, TemplateError, TemplateNotFound, WorkspaceError
from dm_mcp.workspace import scenarios, templates
from dm_mcp.workspace.config import CONFIG_FILE, WorkspaceConfig, parse_config
from dm_mcp.workspace.files import FileCache, find_files, look_at, read_bytes
from dm_mcp.workspace.scenarios import Scenario, read_scenario
from dm_mcp.workspace.templates import TemplateEntry, read_template
from dm_mcp.workspace.toml import close_match

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template

__all__ = ["DEFAULT", "VARIABLE", "Workspace", "find_workspace"]

VARIABLE = "DM_WORKSPACE"
"""The environment variable that names the workspace's folder."""
DEFAULT = "scenarios"
"""The folder that is taken when nothing names one."""

_STATE = ".dm"
FILES = "files"
_NO_SCENARIOS_IN = (templates.FOLDER, FILES)


def find_workspace(given: str | None, environ: Mapping[str, str]) -> Path:
    """The workspace's folder: the one given, else the one that ``DM_WORKSPACE`` names, else ``./scenarios``.

    Raises `WorkspaceError` when it is not a folder.
    """
    if given:
        name, origin, hint = given, "--workspace", "Give the path of an existing folder."
    elif environ.get(VARIABLE):
        name, origin, hint = environ[VARIABLE], VARIABLE, "Set it to the path of an existing folder."
    else:
        name, origin = DEFAULT, "--workspace and DM_WORKSPACE are not set"
        here = Path(CONFIG_FILE).is_file()
        hint = (
            "This folder holds a dm.toml: give --workspace ."
            if here
            else "Give --workspace DIR or set DM_WORKSPACE; `dm-mcp init` makes one."
        )
    path = Path(name).expanduser().absolute()
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        raise WorkspaceError(f"The workspace {path} {what} ({origin}).", hint=hint)
    return path.resolve()


class Workspace:
    """Scenarios, templates and configuration of one folder. Every question looks at the disk; nothing is run."""

    def __init__(self, root: Path) -> None:
        """``root`` is the folder itself; `find_workspace` finds it."""
        self.root = root.resolve()
        self._config_files = FileCache(lambda found: parse_config(_text(read_bytes(found.path, found.file)), self.root))
        self._config = WorkspaceConfig()
        self._scenarios = FileCache(lambda found: read_scenario(found, self._config))
        self._templates = FileCache(read_template)

    @property
    def state(self) -> Path:
        """The folder of state, ``.dm``; made at the first call, for its owner only and out of git's sight."""
        folder = self.root / _STATE
        ignore = folder / ".gitignore"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise WorkspaceError(
                f"The folder of state can't be made: {error.strerror}.",
                hint=f"Let dm-mcp write to {self.root}, and let {_STATE} there be a folder.",
                file=_STATE,
            ) from error
        return folder

    @property
    def has_state(self) -> bool:
        """Whether the folder of state is there already."""
        return (self.root / _STATE).exists()

    @property
    def bare(self) -> bool:
        """Whether the folder has nothing of a workspace: no ``dm.toml``, no template, no scenario."""
        if look_at(self.root, CONFIG_FILE):
            return False
        files = chain(
            find_files(self.root, templates.SUFFIX, under=templates.FOLDER),
            find_files(self.root, scenarios.SUFFIX, skip=_NO_SCENARIOS_IN),
        )
        return next(files, None) is None

    @property
    def config(self) -> WorkspaceConfig:
        """What ``dm.toml`` says; the defaults when there is none. Raises `WorkspaceError`."""
        found = look_at(self.root, CONFIG_FILE)
        if found is None:
            return WorkspaceConfig()
        if found.error:
            raise found.error
        return self._config_files.get(found)

    def scenarios(self) -> list[Scenario]:
        """All scenarios, broken ones too, by their ids' order. Raises `WorkspaceError` when ``dm.toml`` is broken."""
        config = self.config
        if config != self._config:
            self._config = config
            self._scenarios.keep_only(())
        found = list(find_files(self.root, scenarios.SUFFIX, skip=_NO_SCENARIOS_IN))
        self._scenarios.keep_only({one.file for one in found})
        return sorted(map(self._scenarios.get, found), key=lambda scenario: scenario.id)

    def scenario(self, id_: str) -> Scenario:
        """The scenario with this id, broken or not. Raises `ScenarioNotFound`, and `WorkspaceError` as `scenarios`."""
        known = {scenario.id: scenario for scenario in self.scenarios()}
        if id_ in known:
            return known[id_]
        hint = close_match(id_, known) or "list_scenarios, or `dm-mcp list`, shows all."
        raise ScenarioNotFound(f"There is no scenario {id_!r:.80}.", hint=hint)

    def templates(self) -> list[TemplateEntry]:
        """All templates, broken ones too, by their ids' order; where two have one id, both are broken."""
        found = list(find_files(self.root, templates.SUFFIX, under=templates.FOLDER))
        self._templates.keep_only({one.file for one in found})
        same: defaultdict[str, list[TemplateEntry]] = defaultdict(list)
        for entry in sorted(map(self._templates.get, found), key=lambda entry: (entry.id, entry.file)):
            same[entry.id].append(entry)
        return [one for entries in same.values() for one in (entries if len(entries) == 1 else _clash(entries))]

    def template(self, id_or_name: str) -> Template:
        """The template with this id, or else this name.

        Raises `TemplateNotFound`, and `TemplateError` when it is broken or two have that name.
        """
        entries = self.templates()
        hits = [entry for entry in entries if entry.id == id_or_name] or [
            entry for entry in entries if entry.template and entry.template.name == id_or_name
        ]
        for hit in hits:
            if isinstance(hit.outcome, TemplateError):
                raise hit.outcome.with_traceback(None)
        if not hits:
            names = [name for entry in entries for name in (entry.id, entry.template and entry.template.name) if name]
            hint = close_match(id_or_name, names) or f"There are: {', '.join(entry.id for entry in entries) or 'none'}."
            raise TemplateNotFound(f"There is no template {id_or_name!r:.80}.", hint=hint)
        if len(hits) > 1:
            hint = f"Give an id: {', '.join(hit.id for hit in hits)}."
            raise TemplateError(f"{len(hits)} templates have the name {id_or_name!r:.80}.", hint=hint)
        return cast("Template", hits[0].outcome)

    def read_file(self, path: str) -> str:
        """The text of a file below ``files/``, by its path there.

        Raises `WorkspaceError` when there is none, when it lies elsewhere, is no UTF-8 text or too long.
        """
        file = f"{FILES}/{path}"
        found = None if "\0" in path or ".." in PurePosixPath(path).parts else look_at(self.root, file)
        if found is not None and found.error:
            raise found.error
        if found is None or not found.path.resolve().is_relative_to(self.root.resolve() / FILES):
            names = [one.file.removeprefix(f"{FILES}/") for one in find_files(self.root, "", under=FILES)]
            hint = close_match(path, names) or f"There are: {', '.join(sorted(names)[:20]) or 'none'}."
            raise WorkspaceError(f"There is no file {path!r:.80} in {FILES}/.", hint=hint)
        try:
            return read_bytes(found.path, file).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise WorkspaceError("The file is not UTF-8 text.", hint="Save it as UTF-8.", file=file) from None


def _clash(entries: list[TemplateEntry]) -> list[TemplateEntry]:
    """The entries of one id, each with the error that the others make."""
    files = " and ".join(entry.file for entry in entries)
    return [
        dataclasses.replace(
            entry,
            outcome=TemplateError(
                f"The id {entry.id!r:.80} is taken more than once: {files}.",
                hint="Give each template an id of its own.",
                file=entry.file,
                field="id",
            ),
        )
        for entry in entries
    ]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        hint = "Save it as UTF-8."
        raise WorkspaceError("The file is not UTF-8 text.", hint=hint, file=CONFIG_FILE, line=line) from None
