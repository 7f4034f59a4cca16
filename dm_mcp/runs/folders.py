"""A run's own folder: made before it starts, gone after it has ended, whatever the script did to it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from dm_mcp.errors import WorkspaceError

__all__ = ["remove_folder", "run_folder"]


@asynccontextmanager
async def run_folder(folder: Path) -> AsyncGenerator[Path]:
    """A new folder, removed with all in it on leaving. Raises `WorkspaceError`."""
    try:
        folder.mkdir(mode=0o700, parents=True)  # noqa: ASYNC240 - takes less than the way to a thread
    except OSError as error:
        raise WorkspaceError(
            f"The run's folder can't be made: {error.strerror}.", hint="Make room on the disk.", file=".dm/runs"
        ) from error
    try:
        yield folder
    finally:
        await _remove(folder)


async def _remove(folder: Path) -> None:
    """Remove the folder, off the event loop unless it is empty, as it mostly is."""
    try:
        folder.rmdir()  # noqa: ASYNC240 - takes less than the way to a thread
    except OSError:
        await asyncio.shield(asyncio.to_thread(remove_folder, folder))


def remove_folder(folder: Path) -> None:
    """Remove a folder with all in it, whatever a script did to it; one that is not there is fine. Blocks."""
    try:
        shutil.rmtree(folder, onerror=_unlock)
    except RecursionError:  # folders in folders, a thousand deep
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, "--", str(folder)], check=False, stderr=subprocess.DEVNULL)  # noqa: S603 - a path of ours


def _unlock(_: Any, name: str, __: Any) -> None:
    """Open a folder that the script has closed, and go on. Its processes are gone: nobody changes it meanwhile."""
    path = Path(name)
    with suppress(OSError):
        path.parent.chmod(0o700)
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
            shutil.rmtree(path, onerror=_unlock)
        else:
            path.unlink(missing_ok=True)
