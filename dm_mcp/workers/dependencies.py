"""Whether the packages that a scenario's header asks for are there."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata

from packaging.requirements import Requirement

from dm_mcp.errors import MissingPackage

__all__ = ["check_dependencies"]


def check_dependencies(dependencies: Iterable[str], file: str) -> None:
    """Raise `MissingPackage` for the first requirement, as PEP 508 writes one, that this Python does not meet."""
    for text in dependencies:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            found = "it is not installed"
        else:
            if requirement.specifier.contains(version, prereleases=True):
                continue
            found = f"version {version} is installed"
        raise MissingPackage(
            f"The header asks for {text!r}, but {found}.",
            hint=f"Install it where dm-mcp runs: pip install '{text}'.",
            file=file,
        )
