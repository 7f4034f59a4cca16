"""This server in the workspace, from its first use on: entered among the others, and within their reach."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from dm_mcp.errors import StoreFailed, WorkspaceError
from dm_mcp.runs.control import ControlServer
from dm_mcp.runs.folders import remove_folder
from dm_mcp.runs.history import History
from dm_mcp.runs.members import Member, is_alive, sweep
from dm_mcp.runs.run import Run
from dm_mcp.workspace.workspace import Workspace

__all__ = ["Presence"]

_FOLDERS = "runs"
_SERVERS = "servers"


class Presence:
    """Enters at first use: a server that only lists scenarios leaves no trace."""

    def __init__(
        self, workspace: Workspace, history: History, live: Mapping[str, Run], cancel: Callable[[Run], Awaitable[None]]
    ) -> None:
        self._workspace = workspace
        self._history = history
        self._control = ControlServer(live, cancel)
        self._entering = asyncio.Lock()
        self._member: Member | None = None

    async def enter(self) -> str:
        """Be a server of the workspace; our id. Raises `WorkspaceError`."""
        async with self._entering:
            if self._member is not None and not is_alive(self._workspace.state / _SERVERS, self._member.id):
                await self._control.close()  # the folder of state was removed under us: to the others we are dead
                self._member.leave()
                self._member = None
            if self._member is None:
                self._member = await self._enter()
            return self._member.id

    async def folder(self) -> Path:
        """Where our workers' folders are; a later server removes it if we can't. Raises as `enter` does."""
        return self._workspace.state / _FOLDERS / await self.enter()

    async def leave(self) -> None:
        """Be no longer one, and leave nothing behind."""
        async with self._entering:
            await self._control.close()
            member, self._member = self._member, None
            if member is not None:
                await asyncio.to_thread(remove_folder, self._workspace.state / _FOLDERS / member.id)
                member.leave()

    async def _enter(self) -> Member:
        state = self._workspace.state
        member = Member(state / "servers")
        try:
            await self._listen(member.socket)
            await asyncio.to_thread(_clear_up, state)
            with suppress(StoreFailed):  # whoever asks for runs is told; rows can be generated without a history
                await self._history.interrupt_ownerless()
        except BaseException:
            await self._control.close()
            member.leave()
            raise
        return member

    async def _listen(self, socket: Path) -> None:
        try:
            await self._control.listen(socket)
        except OSError as error:
            raise WorkspaceError(
                f"This server's control socket can't be made: {error.strerror}.",
                hint="Let dm-mcp write there, and make room on the disk.",
                file=".dm/servers",
            ) from error


def _clear_up(state: Path) -> None:
    """Remove what servers that are gone have left: their lock files, sockets and workers' folders."""
    sweep(state / "servers")
    folders = state / _FOLDERS
    for folder in folders.iterdir() if folders.is_dir() else ():
        if not is_alive(state / "servers", folder.name):
            remove_folder(folder)
