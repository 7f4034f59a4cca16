"""Rows of a template for a caller who only wants to see or keep them: made in a worker, rendered, never loaded."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

from dm_mcp.errors import ProtocolError, RunTimedOut
from dm_mcp.runs.exchange import Exchange
from dm_mcp.runs.execution import Handler, Listener, execute
from dm_mcp.runs.lookups import LOOKUPS, look_up
from dm_mcp.runs.seeds import check_seed
from dm_mcp.workers.supervisor import Worker

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template
    from dm_mcp.workspace.workspace import Workspace

__all__ = ["Generated", "Generator"]

_SECONDS = 60.0
_AT_ONCE = 4
_log = logging.getLogger(__name__)

Write = Callable[[bytes], Awaitable[None]]


class Generated(NamedTuple):
    """What was made, beside the rendered rows."""

    template: str
    """The template's id."""
    columns: list[dict[str, str]]
    """Name and type."""
    seed: int
    notices: list[str]
    """What a user should know of the rows: words that come from another locale than asked for."""


class Generator:
    """Makes rows, for a few requests at once; the others wait."""

    def __init__(self, worker: Callable[[str], AbstractAsyncContextManager[Worker]], workspace: Workspace) -> None:
        """``worker`` starts a worker under a name and ends it. Templates may refer to others of the ``workspace``."""
        self._worker = worker
        self._workspace = workspace
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[Generated]] = set()

    async def generate(
        self,
        template: Template | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        count: int,
        write: Write,
        *,
        seed: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        format_: str = "json",
        table: str | None = None,
        dialect: str = "postgresql",
        runs_code: bool = True,
        timeout: float = _SECONDS,  # noqa: ASYNC109 - the limit of the work, told in its error
    ) -> Generated:
        """Make ``count`` rows and hand them, rendered, to ``write``.

        Fields or a JSON Schema may stand in place of a template; they are read in the worker, whatever they hold.
        SQL is for a ``table``, by default of the template's name, and in a ``dialect``. Without ``runs_code`` a
        template with Python code in it, or in another one that it names, is refused. Raises `TemplateError`,
        `OverrideError`, `InvalidRequest`, `MissingPackage`, `RunTimedOut`, and what ``write`` raises.
        """
        job = {
            "kind": "generate",
            "template": template if isinstance(template, Mapping | Sequence) else template.model_dump(mode="json"),
            "count": count,
            "seed": check_seed(seed),
            "overrides": dict(overrides or {}),
            "format": format_,
            "table": table,
            "dialect": dialect,
            "runs_code": runs_code,
        }
        # A task of its own: a caller's cancel scope must not reach into the clean-up.
        task = asyncio.create_task(self._generate(job, write, timeout), name="generate")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            raise

    async def close(self) -> None:
        """End what goes on."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _generate(self, job: Mapping[str, Any], write: Write, seconds: float) -> Generated:
        name = f"generate_{secrets.token_hex(6)}"
        try:
            async with asyncio.timeout(seconds), self._turns, self._worker(name) as worker:
                result = await execute(worker, job, self._handler(write), _Unheard())
        except TimeoutError:
            raise RunTimedOut(f"The rows were not ready within {seconds:g} s.", hint="Ask for fewer rows.") from None
        return Generated(result["template"], result["columns"], job["seed"], result["notices"])

    def _handler(self, write: Write) -> Handler:
        async def answer(op: str, arguments: Mapping[str, Any], exchange: Exchange) -> Mapping[str, Any]:
            if op in LOOKUPS:
                return look_up(self._workspace, op, arguments)
            if op != "output":
                raise ProtocolError(f"There is no call {op!r:.50}.")
            exchange.reply({})
            async for chunk in exchange.rows():
                await write(chunk)
            return {}

        return answer


class _Unheard(Listener):
    """Rows are all that a generating worker says; what a library of it prints is of use to us at most."""

    def printed(self, stream: str, texts: Sequence[str]) -> None:
        _log.debug("%s: %s", stream, texts)

    def log(self, level: str, stream: str, text: str, fields: Mapping[str, Any] | None = None) -> None:
        _log.debug("%s %s: %s %s", stream, level, text, fields)

    def advance(self, done: float, total: float | None) -> None:
        _log.debug("%s of %s", done, total)
