"""What to do about an exception whose own words do not say it to somebody who writes a first scenario."""

from __future__ import annotations

import difflib
import errno
import socket
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from types import MappingProxyType
from typing import cast

from packaging.requirements import Requirement

__all__ = ["advice_on"]

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_SLIP = 0.8
"""How near a module's name comes to one that is written with a slip of the pen; less is another package."""
_LOOPBACK = frozenset({"lo", "lo0"})


def advice_on(error: BaseException) -> str:
    """A hint for the author of the script that raised ``error``; empty when there is nothing to add to it."""
    for each in _with_causes(error):
        match each:
            case ModuleNotFoundError(name=str(name)):
                return _missing_module(name)
            case AttributeError(obj=MappingProxyType(), name=str(name)):
                return f'A parameter is read in brackets: dm.params["{name}"].'
            case AttributeError(obj=owner, name=str(name)) if type(owner).__module__.startswith("dm_mcp."):
                return _closest(name, (known for known in dir(owner) if not known.startswith("_")))
            case OSError() if _is_unreachable(each) and not _has_network():
                return (
                    "This run has no network of its own. If the script itself needs one, write `network = true` below "
                    "[tool.dm] in its header; dm.connection(...) needs none."
                )
            case _:
                pass
    return ""


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what led to it, in the order of a reader's interest; each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [cause for cause in (each.__cause__, each.__context__) if cause is not None]
        if isinstance(each, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", each).exceptions


def _missing_module(name: str) -> str:
    package = name.partition(".")[0]
    known = (*metadata.packages_distributions(), *sys.stdlib_module_names, "datamaker")
    near = _closest(package, (name for name in known if name[:1] == package[:1]), cutoff=_SLIP)
    return (
        f"{near} {package} is no module of Python or of an installed package, and a scenario can't import other files "
        f"of the workspace. Install the package where dm-mcp runs (pip install {package}) and declare it in the "
        f'header: dependencies = ["{package}"]. Installed with dm-mcp: {", ".join(_installed())}.'
    ).strip()


def _installed() -> list[str]:
    """The packages that dm-mcp itself asks for, with their versions."""
    wanted = [Requirement(text) for text in metadata.requires("dm-mcp") or []]
    return [f"{each.name} {metadata.version(each.name)}" for each in wanted if each.marker is None]


def _closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    found = difflib.get_close_matches(name, set(known), n=1, cutoff=cutoff)
    return f"Did you mean {found[0]!r}?" if found else ""


def _is_unreachable(error: OSError) -> bool:
    return isinstance(error, socket.gaierror) or error.errno in _UNREACHABLE


def _has_network() -> bool:
    """Whether there is an interface beside the loopback: a network namespace of a run's own has none."""
    return any(name not in _LOOPBACK for _, name in socket.if_nameindex())
