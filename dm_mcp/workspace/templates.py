"""A template of the workspace: a JSON file below ``templates/``, read by the generation room."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from dm_mcp.errors import DmError, TemplateError
from dm_mcp.workspace.files import Found, read_bytes

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template

__all__ = ["FOLDER", "SUFFIX", "TemplateEntry", "read_template"]

FOLDER = "templates"
SUFFIX = ".json"


@dataclass(frozen=True)
class TemplateEntry:
    """One file of ``templates/``: a template, or the error that keeps it from being one."""

    id: str
    file: str
    outcome: Template | TemplateError

    @property
    def template(self) -> Template | None:
        """The template, if the file holds one."""
        return None if isinstance(self.outcome, TemplateError) else self.outcome

    @property
    def error(self) -> TemplateError | None:
        """What is wrong with the file."""
        return self.outcome if isinstance(self.outcome, TemplateError) else None


def read_template(found: Found) -> TemplateEntry:
    """The template in a file. Its id is the one it gives, else the file's name without ``.json``."""
    from dm_mcp.generation.template import parse_template  # noqa: PLC0415 - brings numpy and Faker: not at a server's start

    shown = found.error.where.get("file", found.file) if found.error else found.file
    id_ = PurePosixPath(shown).name.removesuffix(SUFFIX)
    try:
        if found.error:
            raise found.error
        text = _decode(read_bytes(found.path, found.file), found.file)
        data = {"id": id_, **_parse(text, found.file)}
        id_ = data["id"] if isinstance(data["id"], str) and data["id"] else id_
        return TemplateEntry(id_, found.file, parse_template(data, file=found.file, text=text))
    except DmError as error:
        cause = error if isinstance(error, TemplateError) else _as_template_error(error)
        return TemplateEntry(id_, shown, cause)


def _as_template_error(error: DmError) -> TemplateError:
    return TemplateError(error.message, hint=error.hint, **error.where)


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise TemplateError("The file is not UTF-8 text.", hint="Save it as UTF-8.", file=file, line=line) from None


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError as cause:
        hint = "JSON wants double quotes, a comma between two entries and none after the last."
        raise TemplateError(f"This is not valid JSON: {cause.msg}.", hint=hint, file=file, line=cause.lineno) from None
    except (RecursionError, ValueError):
        raise TemplateError("This JSON can't be read.", hint="Nest it less, shorten its numbers.", file=file) from None
    if not isinstance(data, dict):
        hint = 'Write {"id": ..., "name": ..., "fields": [...]}.'
        raise TemplateError("A template is an object.", hint=hint, file=file, line=1)
    return cast("dict[str, Any]", data)
