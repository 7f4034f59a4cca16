"""The header of a scenario: PEP 723 inline script metadata with a ``[tool.dm]`` table.

The block's form and the expression that finds it are those of the specification
(https://packaging.python.org/en/latest/specifications/inline-script-metadata/). A line ``# requirements: a~=1, b`` in
the comments that open a script is read as well. No header at all is fine.
"""

from __future__ import annotations

import platform
import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self, cast

from annotated_types import Ge, Le
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import (
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from dm_mcp.errors import ScenarioError
from dm_mcp.workspace.config import enough_memory
from dm_mcp.workspace.toml import close_match, explain, line_of, parse_toml, problem

__all__ = ["Header", "Param", "read_header"]

_BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
_OPENING = re.compile(r"(?m)^#\s*///\s*script\s*$")
_REQUIREMENTS = re.compile(r"#\s*requirements:\s*(?P<list>.*)$")
_BETWEEN_REQUIREMENTS = re.compile(r",\s*(?=[A-Za-z0-9])(?![^\[]*\])")
_FORM = 'A header begins with the line "# /// script", ends with "# ///", and each line between begins with "# ".'

_SETTINGS = ConfigDict(extra="forbid", strict=True, frozen=True)


def _whole(value: object) -> object:
    """3.0 is an integer for JSON Schema, as it is for a client that has no other numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_TYPES: dict[str, Any] = {
    "string": str,
    "integer": Annotated[int, BeforeValidator(_whole)],
    "number": Annotated[float, Field(allow_inf_nan=False)],
    "boolean": bool,
}


class Param(BaseModel):
    """One ``[tool.dm.params.<name>]``: a property of JSON Schema, in the words of it that are listed here."""

    model_config = _SETTINGS

    type: Literal["string", "integer", "number", "boolean", "array"]
    """``"string"``, ``"integer"``, ``"number"``, ``"boolean"`` or ``"array"``; a value of another type is refused."""
    title: str | None = None
    """A name for people, passed on to clients."""
    description: str | None = None
    """What it is for: shown by ``dm-mcp list``, and what an agent goes by."""
    enum: list[Any] | None = Field(default=None, min_length=1)
    """The values that are allowed, each of the type."""
    minimum: float | int | None = None
    """The least value, for an integer or a number."""
    maximum: float | int | None = None
    """The largest value, for an integer or a number."""
    items: Param | None = None
    """What each item of an array is: a table with these same keys."""
    default: Any = None
    """The value when a run is given none. Without a default a run must be given the parameter."""

    @property
    def required(self) -> bool:
        """Whether a run must be given this parameter: it has no default."""
        return "default" not in self.model_fields_set

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What reads a value of this parameter's type, bounds included; ``enum`` is not."""
        return TypeAdapter(_annotation(self))

    def schema_property(self) -> dict[str, Any]:
        """The parameter as a property of JSON Schema."""
        return self.model_dump(exclude_unset=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type not in {"integer", "number"} and (self.minimum, self.maximum) != (None, None):
            raise ValueError("minimum and maximum are for an integer or a number")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is more than maximum {self.maximum}")
        if self.items and self.type != "array":
            raise ValueError("items is for an array")
        for value in self.enum or []:
            self._check_value("enum", value)
        if not self.required:
            self._check_value("default", self.default)
            if self.enum and self.default not in self.enum:
                raise ValueError("default is not one of enum")
        return self

    def _check_value(self, key: str, value: object) -> None:
        try:
            self.adapter.validate_python(value, strict=True)
        except ValidationError as cause:
            raise ValueError(f"{key}: {problem(cause.errors()[0])}") from None


def _annotation(param: Param) -> Any:
    """The type that pydantic checks values of this parameter against."""
    if param.type == "array":
        return list[_annotation(param.items) if param.items else Any]
    annotation = _TYPES[param.type]
    if param.minimum is not None:
        annotation = Annotated[annotation, Ge(param.minimum)]
    return annotation if param.maximum is None else Annotated[annotation, Le(param.maximum)]


class Header(BaseModel):
    """What a script says of itself. The fields without a home in PEP 723 stand in its ``[tool.dm]`` table."""

    model_config = _SETTINGS

    dependencies: list[str] = []
    """Packages that the script imports, as PEP 508 writes them: ``["arrow~=1.3"]``. Stands above ``[tool.dm]``. They
    are checked before the script starts, not installed."""
    requires_python: str | None = Field(default=None, alias="requires-python")
    """Versions of Python that the script runs on: ``">=3.11"``. Stands above ``[tool.dm]``."""

    title: str | None = Field(default=None, min_length=1)
    """A name for people, found by phrases; else the file's name."""
    description: str | None = None
    """What it does: shown by ``dm-mcp list``, and what an agent goes by; else the docstring's first paragraph."""
    tags: list[str] = []
    """Words to find it by."""
    connections: list[str] | None = None
    """Ids or names of the connections that the script may use; without the key, those that the source names literally
    in ``dm.connection("...")``."""
    network: bool = False
    """Whether the script itself may use the machine's network. ``dm.connection`` needs none."""
    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Seconds from the run's start to its end; else the limit of ``dm.toml``."""
    memory: ByteSize | None = None
    """Bytes of address space that each process of the run may have, and of memory in use for all of them together;
    ``"512 MiB"`` is understood; else the limit of ``dm.toml``. At least 64 MiB."""
    params: dict[str, Param] = {}
    """The parameters of a run, one table each: ``[tool.dm.params.<name>]``."""

    @field_validator("dependencies")
    @classmethod
    def _check_dependencies(cls, dependencies: list[str]) -> list[str]:
        for text in dependencies:
            try:
                Requirement(text)
            except InvalidRequirement:
                raise ValueError(f'{text!r:.80} is not a requirement; write one as "name" or "name~=1.3"') from None
        return dependencies

    @field_validator("requires_python")
    @classmethod
    def _check_python(cls, wanted: str | None) -> str | None:
        try:
            fits = wanted is None or SpecifierSet(wanted).contains(platform.python_version(), prereleases=True)
        except InvalidSpecifier:
            raise ValueError(f'{wanted!r:.80} is not a range of versions; write for example ">=3.11"') from None
        if not fits:
            raise ValueError(f"The script wants Python {wanted}; scenarios here run on {platform.python_version()}")
        return wanted

    @field_validator("memory")
    @classmethod
    def _check_memory(cls, memory: ByteSize | None) -> ByteSize | None:
        return memory if memory is None else enough_memory(memory)

    def params_schema(self) -> dict[str, Any]:
        """The parameters as one JSON Schema of an object."""
        return {
            "type": "object",
            "properties": {name: param.schema_property() for name, param in self.params.items()},
            "required": [name for name, param in self.params.items() if param.required],
            "additionalProperties": False,
        }


_OUTSIDE_DM = ("dependencies", "requires-python")


def read_header(source: str, *, file: str) -> Header:
    """The header of a script, its lines ended by newlines only; none gives the defaults.

    Raises `ScenarioError` with the line and the field: two headers, one that is not closed, broken TOML, an unknown
    key, a value that its key can't have.
    """
    text, first_line = _block(source, file)
    document = parse_toml(text, file=file, error=ScenarioError, first_line=first_line)
    fields = _fields(document, text, file, first_line)
    try:
        header = Header.model_validate(fields)
    except ValidationError as cause:
        message, hint, loc = explain(cause, Header)
        path = loc if loc[0] in _OUTSIDE_DM else ("tool", "dm", *loc)
        line = line_of(text, path, first_line)
        raise ScenarioError(message, hint=hint, file=file, line=line, field=".".join(map(str, loc))) from None
    return header.model_copy(update={"dependencies": [*header.dependencies, *_requirements(source, file)]})


def _block(source: str, file: str) -> tuple[str, int]:
    """The TOML between the header's first and last line, and the line of the file on which it begins."""
    blocks = [found for found in _BLOCK.finditer(source) if found["type"] == "script"]
    if len(blocks) > 1:
        line = source.count("\n", 0, blocks[1].start()) + 1
        raise ScenarioError("The script has two headers.", hint="Make one of them.", file=file, line=line)
    for opening in _OPENING.finditer(source):
        if not any(found.start() <= opening.start() < found.end() for found in blocks):
            line = source.count("\n", 0, opening.start()) + 1
            raise ScenarioError(f"The header that begins here {_flaw(source, line)}.", hint=_FORM, file=file, line=line)
    if not blocks:
        return "", 1
    lines = blocks[0]["content"].splitlines()
    return "\n".join(line[2:] for line in lines), source.count("\n", 0, blocks[0].start()) + 2


def _flaw(source: str, opening: int) -> str:
    """What breaks a block that opens on this line: the first line that is none of a header's."""
    lines = source.split("\n")
    if lines[opening - 1] != "# /// script":
        return 'is not written "# /// script"'
    for number, line in enumerate(lines[opening:], opening + 1):
        if line == "# ///":
            return "is empty"
        if line.rstrip() == "# ///":
            return f"has a blank after its last line, line {number}"
        if line != "#" and not line.startswith("# "):
            return f'is not closed: line {number} is neither "# ///" nor a comment with a blank after its "#"'
    return "is not closed"


def _fields(document: dict[str, Any], text: str, file: str, first_line: int) -> dict[str, Any]:
    """The document's keys in one dictionary: those of PEP 723, and those of ``[tool.dm]``."""
    tool = document.pop("tool", {})
    table = cast("dict[str, Any]", tool).get("dm", {}) if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        line = line_of(text, ("tool", "dm"), first_line)
        raise ScenarioError("tool.dm must be a table.", hint="Write [tool.dm].", file=file, line=line, field="tool.dm")
    own = cast("dict[str, Any]", table)
    belongs_in_dm = [name for name in Header.model_fields if name not in {"dependencies", "requires_python"}]
    for key, place, where in (
        *((key, (key,), "outside [tool.dm]") for key in document if key not in _OUTSIDE_DM),
        *((key, ("tool", "dm", key), "in [tool.dm]") for key in own if key in _OUTSIDE_DM),
    ):
        hint = close_match(key, _OUTSIDE_DM) or "Known there: dependencies, requires-python and [tool.*] tables."
        if key in belongs_in_dm:
            hint = "It belongs below [tool.dm]."
        elif key in _OUTSIDE_DM:
            hint = "It belongs above [tool.dm]."
        line = line_of(text, place, first_line)
        raise ScenarioError(f"There is no key {key:.60} {where}.", hint=hint, file=file, line=line, field=key)
    return {**document, **own}


def _requirements(source: str, file: str) -> list[str]:
    """The packages of the ``# requirements:`` lines in the comments that open the script."""
    packages: list[str] = []
    for number, line in enumerate(source.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            break
        if not (found := _REQUIREMENTS.match(line)):
            continue
        for text in filter(None, map(str.strip, _BETWEEN_REQUIREMENTS.split(found["list"]))):
            try:
                Requirement(text)
            except InvalidRequirement:
                raise ScenarioError(
                    f"{text!r:.80} is not a requirement.",
                    hint='Write "# requirements: name~=1.3, other".',
                    file=file,
                    line=number,
                    field="requirements",
                ) from None
            packages.append(text)
    return packages
