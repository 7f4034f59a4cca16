"""Tables of what the code knows: tools, resources, error codes, packages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mcp import Client
from mcp.server.mcpserver import MCPServer
from packaging.markers import Marker

from dm_mcp import errors
from dm_mcp.errors import DmError
from scripts.docs.markdown import table
from scripts.docs.sdk import when_raised

__all__ = ["error_classes", "error_codes", "packages", "resources", "tools"]

_PYTHONS = ("3.11", "3.12", "3.13")
_SYSTEMS = ("linux", "darwin")
_PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$", re.MULTILINE)
_REASON = re.compile(r'^    "(?P<name>[\w-]+)[^"]*",\s+# (?P<reason>.+)$', re.MULTILINE)


async def tools(server: MCPServer[Any]) -> str:
    """The server's tools with the first line of their descriptions."""
    async with Client(server) as client:
        listed = (await client.list_tools()).tools
    return table(
        ("tool", "what it does"), ((f"`{tool.name}`", (tool.description or "").splitlines()[0]) for tool in listed)
    )


async def resources(server: MCPServer[Any]) -> str:
    """The addresses of the server's resources: the forms of most, and those that every workspace has."""
    async with Client(server) as client:
        forms = (await client.list_resource_templates()).resource_templates
        listed = (await client.list_resources()).resources
    schemes = {form.uri_template.partition(":")[0] for form in forms}
    told = [(form.uri_template, form.description) for form in forms]
    told += [(str(one.uri), one.description) for one in listed if str(one.uri).partition(":")[0] not in schemes]
    return table(("resource", "what it holds"), ((f"`{uri}`", description or "") for uri, description in told))


def error_classes() -> Iterator[type[DmError]]:
    """Every error with a code of its own, in the order of the tree."""
    classes = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, DmError)]
    yield from (cls for cls in classes if cls is not DmError)


def error_codes() -> str:
    """The error codes with what each means."""
    return table(
        ("code", "raised"),
        ((f"`{cls.code}`", when_raised(cls)) for cls in error_classes()),
    )


def packages(lock: str, project: str) -> str:
    """What is pinned for Linux and macOS: first what dm-mcp itself asks for, with its reasons, then what those need."""
    versions: dict[str, list[str]] = {}
    for found in _PINNED.finditer(lock):
        if (where := _where(found["marker"])) is not None:
            versions.setdefault(found["name"], []).append(found["version"] + where)
    required = project.partition("[project.optional-dependencies]")[0]
    reasons = {found["name"]: found["reason"] for found in _REASON.finditer(required)}
    asked = table(
        ("package", "version", "used for"),
        ((f"`{name}`", ", ".join(versions[name]), reason) for name, reason in reasons.items()),
    )
    others = ", ".join(f"{name} {' / '.join(told)}" for name, told in versions.items() if name not in reasons)
    return f"{asked}\nBeside them, because they or the installation need it: {others}.\n"


def _where(marker: str | None) -> str | None:
    """For which Python a pinned version is, as a text to append; None when it is for none of ours."""
    if marker is None:
        return ""
    fits = [python for python in _PYTHONS if any(_holds(marker, python, system) for system in _SYSTEMS)]
    if not fits:
        return None
    if len(fits) == len(_PYTHONS):
        return ""
    return f" (Python {fits[0]} and newer)" if fits[-1] == _PYTHONS[-1] else f" (Python {', '.join(fits)})"


def _holds(marker: str, python: str, system: str) -> bool:
    return Marker(marker).evaluate(
        {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": system,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }
    )
