"""Start runs, let so many at once go on, end them all the same way."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from dm_mcp.connections.registry import KINDS, load_kind
from dm_mcp.errors import (
    DmError,
    InvalidRequest,
    ProtocolError,
    QueueFull,
    RunCancelled,
    RunError,
    RunInterrupted,
    RunNotFound,
    RunTimedOut,
)
from dm_mcp.generation.schema import MAX_SEED
from dm_mcp.runs.broker import Broker
from dm_mcp.runs.exchange import Exchange
from dm_mcp.runs.execution import Handler, Listener, execute
from dm_mcp.runs.folders import run_folder
from dm_mcp.runs.run import Run, Status
from dm_mcp.runs.targets import Targets
from dm_mcp.workers.supervisor import Limits, Supervisor, Worker
from dm_mcp.workspace.params import validate_params
from dm_mcp.workspace.scenarios import Scenario
from dm_mcp.workspace.workspace import Workspace

if TYPE_CHECKING:
    from dm_mcp.generation.template import Template

__all__ = ["Engine", "Generated"]

_PICKED_SEED = 2**31  # seeds that we pick are short enough to type
_KEPT_RUNS = 200
_GENERATE_SECONDS = 60.0
_GENERATORS = 4  # requests for rows that are worked on at once
_log = logging.getLogger(__name__)


class Generated(NamedTuple):
    """What `Engine.generate` made, beside the rendered rows."""

    columns: list[dict[str, str]]
    seed: int


class Engine:
    """The runs of one workspace. An async context manager: leaving it ends what still runs.

    A supervisor that is given stays open afterwards; without one the engine has its own.
    """

    def __init__(self, workspace: Workspace, supervisor: Supervisor | None = None) -> None:
        self.workspace = workspace
        self.supervisor = supervisor or Supervisor()
        self._owns_supervisor = supervisor is None
        self.targets = Targets(workspace)
        self._runs: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._generating: set[asyncio.Task[Generated]] = set()
        self._generators = asyncio.Semaphore(_GENERATORS)
        self._interrupting = False
        self._slots: asyncio.Semaphore | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interrupting = True
        left = (*self._tasks.values(), *self._generating)
        for task in left:
            task.cancel()
        try:
            if left:
                await asyncio.wait(left)
        finally:
            try:
                await self.targets.close()
            finally:
                if self._owns_supervisor:
                    await self.supervisor.close()

    async def warm_up(self) -> None:
        """Start the process that workers are forked from, and import what the first run needs."""
        templates = await asyncio.to_thread(self.workspace.templates)
        locales = sorted({entry.template.locale for entry in templates if entry.template})
        kinds = {config.kind for config in self.workspace.config.connections.values()} & KINDS.keys()
        await asyncio.gather(
            self.supervisor.start(locales=locales),
            *(asyncio.to_thread(load_kind, kind) for kind in kinds),
        )

    def start(self, scenario: Scenario, params: Mapping[str, Any] | None = None, seed: int | None = None) -> Run:
        """Start a run, or queue it, and give it at once.

        Raises the scenario's own error if it is broken, `ParamsError`, `InvalidRequest` for a seed out of range, and
        `QueueFull`.
        """
        if scenario.error is not None:
            raise scenario.error
        checked = validate_params(scenario.header, params or {})
        limits = self.workspace.config.limits
        if len(self._tasks) >= limits.runs + limits.queued:
            raise QueueFull(f"{limits.queued} runs wait already.", hint="Wait for some to end, or cancel some.")
        if (
            self._slots is None
        ):  # not earlier: a server starts with a broken dm.toml too, and its tools say what is wrong
            self._slots = asyncio.Semaphore(limits.runs)
        run = Run(scenario_id=scenario.id, title=scenario.title, seed=check_seed(seed), params=checked)
        self._runs[run.id] = run
        self._forget_old_runs()
        task = asyncio.create_task(self._live(run, scenario, self._slots), name=f"run:{run.id}")
        self._tasks[run.id] = task
        task.add_done_callback(lambda _: self._ended(run))
        return run

    def get(self, run_id: str) -> Run:
        """The run of that id. Raises `RunNotFound`."""
        try:
            return self._runs[run_id]
        except KeyError:
            known = ", ".join(list(self._runs)[-5:]) or "none"
            raise RunNotFound(f"There is no run {run_id!r}.", hint=f"The latest runs: {known}.") from None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that are remembered, oldest first."""
        return tuple(self._runs.values())

    async def wait_idle(self, seconds: float) -> None:
        """Wait until no run goes on, but no longer than ``seconds``."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)

    async def cancel(self, run: Run) -> None:
        """End a run and wait until nothing of it is left. One that has ended stays as it is."""
        task = self._tasks.get(run.id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def generate(
        self,
        template: Template,
        count: int,
        write: Callable[[bytes], Awaitable[None]],
        *,
        seed: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        format_: str = "json",
        timeout: float = _GENERATE_SECONDS,  # noqa: ASYNC109 - the limit of the work, told in its error
    ) -> Generated:
        """Make ``count`` rows in a worker and hand them, rendered, to ``write``.

        Raises `TemplateError`, `OverrideError`, `InvalidRequest`, `RunTimedOut`, and what ``write`` raises.
        """
        job = {
            "kind": "generate",
            "template": template.model_dump(mode="json"),
            "count": count,
            "seed": check_seed(seed),
            "overrides": dict(overrides or {}),
            "format": format_,
        }
        # A task of its own: a caller's cancel scope must not reach into the clean-up.
        task = asyncio.create_task(self._generate(job, write, timeout), name=f"generate:{template.id}")
        self._generating.add(task)
        task.add_done_callback(self._generating.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            raise

    async def _generate(
        self, job: Mapping[str, Any], write: Callable[[bytes], Awaitable[None]], seconds: float
    ) -> Generated:
        name = f"generate_{secrets.token_hex(6)}"
        try:
            async with (
                self._generators,
                asyncio.timeout(seconds),
                self._worker(name, {}, self._limits(None), network=False) as worker,
            ):
                result = await execute(worker, job, _output_handler(write), _Unheard())
        except TimeoutError:
            raise RunTimedOut(f"The rows were not ready within {seconds:g} s.", hint="Ask for fewer rows.") from None
        return Generated(result["columns"], job["seed"])

    async def _live(self, run: Run, scenario: Scenario, slots: asyncio.Semaphore) -> None:
        """A run's life, from its turn to its end."""
        try:
            async with slots:
                run.begin()
                run.end(Status.DONE, result=await self._execute(run, scenario))
        except RunTimedOut as error:
            run.end(Status.TIMED_OUT, error=error)
        except DmError as error:
            run.end(Status.FAILED, error=error)
        except Exception:  # noqa: BLE001 - a mistake of ours ends the run that met it, not the server and its other runs
            _log.exception("run %s failed by a mistake of dm-mcp", run.id)
            hint = "It is a mistake of dm-mcp; the server's own log has the details."
            run.end(Status.FAILED, error=RunError("The run failed inside dm-mcp.", hint=hint))

    def _ended(self, run: Run) -> None:
        """The run's task is over: one without an end of its own was cancelled, maybe before its first step."""
        del self._tasks[run.id]
        if self._interrupting:
            run.end(Status.INTERRUPTED, error=RunInterrupted("The server stopped while the run went on."))
        else:
            run.end(Status.CANCELLED, error=RunCancelled("The run was cancelled."))

    async def _execute(self, run: Run, scenario: Scenario) -> Any:
        seconds = scenario.header.timeout or self.workspace.config.limits.timeout
        run.log("info", "log", f"seed {run.seed}")
        broker = Broker(run, scenario.connections, self.workspace, self.targets)
        job = {
            "kind": "scenario",
            "run_id": run.id,
            "scenario_id": scenario.id,
            "source": scenario.source,
            "file": scenario.file,
            "entry": scenario.entry,
            "dependencies": list(scenario.header.dependencies),
            "params": dict(run.params),
            "seed": run.seed,
        }
        env = {"DM_RUN_ID": run.id, "DM_SCENARIO_ID": scenario.id}
        limits = self._limits(scenario.header.memory)
        try:
            async with (
                asyncio.timeout(seconds),
                self._worker(run.id, env, limits, network=scenario.header.network) as worker,
            ):
                return await execute(worker, job, broker.answer, run)
        except TimeoutError:
            raise RunTimedOut(
                f"The run reached its limit of {seconds:g} s.",
                hint="Raise `timeout` in the scenario's header, or do less at once.",
            ) from None

    @asynccontextmanager
    async def _worker(
        self, run_id: str, env: Mapping[str, str], limits: Limits, *, network: bool
    ) -> AsyncGenerator[Worker]:
        """A worker in a folder of its own; both are gone afterwards."""
        async with run_folder(self.workspace.state, run_id) as folder:
            worker = await self.supervisor.launch(folder=folder, env=env, limits=limits, network=network)
            try:
                yield worker
            finally:
                await worker.close()

    def _limits(self, memory: int | None) -> Limits:
        return Limits(memory=memory or self.workspace.config.limits.memory)

    def _forget_old_runs(self) -> None:
        ended = [run.id for run in self._runs.values() if run.status.ended]
        for run_id in ended[: max(len(self._runs) - _KEPT_RUNS, 0)]:
            del self._runs[run_id]


def check_seed(seed: int | None) -> int:
    """The seed, or one picked by chance. Raises `InvalidRequest` when it is out of range."""
    if seed is None:
        return secrets.randbelow(_PICKED_SEED)
    if not 0 <= seed <= MAX_SEED:
        raise InvalidRequest(f"The seed {seed} is out of range.", hint=f"A seed is between 0 and {MAX_SEED}.")
    return seed


def _output_handler(write: Callable[[bytes], Awaitable[None]]) -> Handler:
    async def answer(op: str, _: Mapping[str, Any], exchange: Exchange) -> Mapping[str, Any]:
        if op != "output":
            raise ProtocolError(f"There is no call {op!r:.50}.")
        exchange.reply({})
        async for chunk in exchange.rows():
            await write(chunk)
        return {}

    return answer


class _Unheard(Listener):
    """Rows are all that a generating worker says; what a library of it prints is of use to us at most."""

    def log(self, level: str, stream: str, text: str) -> None:
        _log.debug("%s %s: %s", stream, level, text)

    def advance(self, done: float, total: float | None) -> None:
        _log.debug("%s of %s", done, total)
