"""Start runs, let so many at once go on, end them all the same way."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Self

from dm_mcp.connections.registry import KINDS, load_kind
from dm_mcp.errors import DmError, QueueFull, RunCancelled, RunError, RunInterrupted, RunTimedOut
from dm_mcp.runs.broker import Broker
from dm_mcp.runs.execution import execute
from dm_mcp.runs.folders import run_folder
from dm_mcp.runs.generator import Generator
from dm_mcp.runs.history import History
from dm_mcp.runs.journal import Journal
from dm_mcp.runs.presence import Presence
from dm_mcp.runs.recorder import Recorder
from dm_mcp.runs.retention import Trimmer
from dm_mcp.runs.run import Run, Status
from dm_mcp.runs.seeds import check_seed
from dm_mcp.runs.slots import Slots
from dm_mcp.runs.store import Retention
from dm_mcp.runs.targets import Targets
from dm_mcp.workers.supervisor import Limits, Supervisor, Worker
from dm_mcp.workspace.params import validate_params
from dm_mcp.workspace.policy import check_layers, check_scenario
from dm_mcp.workspace.scenarios import Scenario
from dm_mcp.workspace.workspace import Workspace

__all__ = ["Engine"]

_log = logging.getLogger(__name__)


class Engine:
    """One server's runs. An async context manager: leaving it ends what still runs.

    A supervisor that is given stays open afterwards; without one the engine has its own.
    """

    def __init__(self, workspace: Workspace, supervisor: Supervisor | None = None) -> None:
        self.workspace = workspace
        self.supervisor = supervisor or Supervisor()
        self._owns_supervisor = supervisor is None
        self.targets = Targets(workspace)
        self._live: dict[str, Run] = {}
        self.history = History(workspace, self._live_runs)
        self.generator = Generator(
            lambda name: self._worker(name, {}, self._limits(None), network=False), self.workspace
        )
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._journal = Journal(self.history.store, self._end_all)
        self._presence = Presence(workspace, self.history, self._live, self.cancel)
        self._trimmer = Trimmer(self.history.store, self._retention)
        self._slots = Slots(lambda: workspace.state / "slots", lambda: workspace.config.limits.runs)
        self._stopping = False
        self._reasons: dict[str, DmError] = {}
        """Why runs are being ended, where nobody cancelled them."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        async with AsyncExitStack() as closing:  # last in, first out; one that fails keeps no other open
            if self._owns_supervisor:
                closing.push_async_callback(self.supervisor.close)
            closing.push_async_callback(self._presence.leave)
            closing.push_async_callback(self.history.close)
            closing.push_async_callback(self.targets.close)
            closing.push_async_callback(self._trimmer.close)
            closing.push_async_callback(self._journal.close)
            closing.push_async_callback(self.generator.close)
            self._end_all(RunInterrupted("The server stopped while the run went on."))
            if self._tasks:
                await asyncio.wait(self._tasks.values())

    async def warm_up(self) -> None:
        """Start the process that workers are forked from, and do and import what the first run needs."""
        templates = await asyncio.to_thread(self.workspace.templates)
        mixes = [mix for entry in templates if entry.template for mix in entry.template.mixes]
        locales = sorted({locale for mix in mixes for locale in mix.locales})
        kinds = {config.kind for config in self.workspace.config.connections.values()} & KINDS.keys()
        await asyncio.gather(
            self.supervisor.start(locales=locales),
            self._presence.enter(),
            *(asyncio.to_thread(load_kind, kind) for kind in kinds),
        )

    async def start(
        self,
        scenario: Scenario,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        *,
        caller: str = "",
        key: str | None = None,
    ) -> Run:
        """Start a run, or queue it, and give it as soon as it is in the history.

        With a ``key`` that a run has already, give that run: two calls of one key start one run, whichever servers
        they reach. Another server's run is given as it is now; `History.follow` keeps it up to date.

        Raises the scenario's own error if it is broken, `NotAllowed`, `ParamsError`, `InvalidRequest` for a seed out of
        range, `QueueFull`, `KeyTaken`, `StoreFailed`, and `RunInterrupted` when the engine is being left.
        """
        if self._stopping:
            raise RunInterrupted("The server is stopping.", hint="Start the run when it is there again.")
        if scenario.error is not None:
            raise scenario.error
        check_scenario(self.workspace.config, scenario)
        checked = validate_params(scenario.header, params or {})
        owner = await self._presence.enter()
        run = Run(
            scenario_id=scenario.id,
            title=scenario.title,
            seed=check_seed(seed),
            params=checked,
            source_hash=hashlib.sha256(scenario.source.encode("utf-8", "surrogatepass")).hexdigest(),
            caller=caller,
            owner=owner,
        )
        self._live[run.id] = run  # before others can know of it: a call of the same key finds it here
        recorder = Recorder(run, self._journal)
        try:
            kept = await self._add(run, key, _fingerprint(scenario, checked, seed))
        except asyncio.CancelledError:
            recorder.end(Status.CANCELLED, error=RunCancelled("The run was cancelled."))  # if it is added after all
            raise
        except BaseException:
            del self._live[run.id]
            raise
        if kept is not run:
            del self._live[run.id]
            known = await self.history.get(kept.id)
            await self.history.share(known)
            return known
        if self._stopping:
            recorder.end(Status.INTERRUPTED, error=RunInterrupted("The server stopped before the run began."))
            return run
        task = asyncio.create_task(self._live_through(run, scenario, recorder), name=f"run:{run.id}")
        self._tasks[run.id] = task
        task.add_done_callback(lambda _: self._ended(run, recorder))
        return run

    async def rerun(self, run: Run, *, caller: str = "") -> Run:
        """Start the scenario of ``run`` again, as it stands now, with the same parameters and seed.

        Raises `ScenarioNotFound` when it is gone, and what `start` raises.
        """
        return await self.start(self.workspace.scenario(run.scenario_id), run.params, run.seed, caller=caller)

    @property
    def unfinished(self) -> int:
        """How many runs go on, or wait for their turn."""
        return len(self._tasks)

    async def wait_idle(self, seconds: float) -> None:
        """Wait until no run goes on, but no longer than ``seconds``."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)

    async def cancel(self, run: Run) -> None:
        """End a run, whichever server it belongs to, and wait until nothing of it is left.

        One that has ended stays as it is. Raises `ServerUnreachable`.
        """
        ours = self._live_runs().get(run.id)
        if ours is None:
            await self.history.cancel(run)
        elif task := self._tasks.get(run.id):
            _cancel(task)
            await ours.finished()  # not the one that is given: that may be as it was read from the store

    async def _add(self, run: Run, key: str | None, request: str) -> Run:
        """Keep the run in the history, or give the one of its key. Runs of dead servers take nobody's place."""
        limits = self.workspace.config.limits
        most = limits.runs + limits.queued
        try:
            return await self.history.store.add(run, max_unfinished=most, key=key, request=request)
        except QueueFull:
            await self.history.interrupt_ownerless()
            return await self.history.store.add(run, max_unfinished=most, key=key, request=request)

    async def _live_through(self, run: Run, scenario: Scenario, recorder: Recorder) -> None:
        """A run's life, from its turn to its end."""
        try:
            async with self._slots.slot():
                recorder.begin()
                recorder.end(Status.DONE, result=await self._execute(run, scenario, recorder))
        except RunTimedOut as error:
            _end_badly(recorder, Status.TIMED_OUT, error)
        except DmError as error:
            _end_badly(recorder, Status.FAILED, error)
        except Exception:  # noqa: BLE001 - a mistake of ours ends the run that met it, not the server and its other runs
            _log.exception("run %s failed by a mistake of dm-mcp", run.id)
            hint = "It is a mistake of dm-mcp; the server's own log has the details."
            _end_badly(recorder, Status.FAILED, RunError("The run failed inside dm-mcp.", hint=hint))

    def _ended(self, run: Run, recorder: Recorder) -> None:
        """The run's task is over: one without an end of its own was cancelled, maybe before its first step."""
        del self._tasks[run.id]
        match self._reasons.pop(run.id, None):
            case None:
                _end_badly(recorder, Status.CANCELLED, RunCancelled("The run was cancelled."))
            case RunInterrupted() as reason:
                _end_badly(recorder, Status.INTERRUPTED, reason)
            case reason:
                _end_badly(recorder, Status.FAILED, reason)
        self._trimmer.look()

    def _end_all(self, reason: DmError) -> None:
        """End all runs; when they can't be recorded any more, too: the next one may find the history mended."""
        for run_id, task in self._tasks.items():
            if _cancel(task):
                self._reasons[run_id] = reason

    def _live_runs(self) -> Mapping[str, Run]:
        """The runs that the history does not have whole."""
        for run in list(self._live.values()):
            if run.status.ended and run.id not in self._tasks and self._journal.has_all_of(run):
                del self._live[run.id]
        return self._live

    def _retention(self) -> Retention:
        history = self.workspace.config.history
        return Retention(log_days=history.log_days, runs=history.runs, size=history.size)

    async def _execute(self, run: Run, scenario: Scenario, recorder: Recorder) -> Any:
        seconds = scenario.header.timeout or self.workspace.config.limits.timeout
        recorder.log("info", "log", f"seed {run.seed}")
        broker = Broker(scenario.connections, self.workspace, self.targets, recorder.add_stored)
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
                return await execute(worker, job, broker.answer, recorder)
        except TimeoutError:
            raise RunTimedOut(
                f"The run reached its limit of {seconds:g} s.",
                hint="Raise `timeout` in the scenario's header, or do less at once.",
            ) from None

    @asynccontextmanager
    async def _worker(
        self, name: str, env: Mapping[str, str], limits: Limits, *, network: bool
    ) -> AsyncGenerator[Worker]:
        """A worker in a folder of its own; both are gone afterwards."""
        async with run_folder(await self._presence.folder() / name) as folder:
            worker = await self.supervisor.launch(folder=folder, env=env, limits=limits, network=network)
            try:
                check_layers(self.workspace.config.policy, self.supervisor.layers)
                yield worker
            finally:
                await worker.close()

    def _limits(self, memory: int | None) -> Limits:
        limits = self.workspace.config.limits
        return Limits(memory=memory or limits.memory, disk=limits.disk)


def _cancel(task: asyncio.Task[None]) -> bool:
    """Cancel the task, once: a second time would interrupt its clean-up. Whether this was the first."""
    return not task.cancelling() and task.cancel()


def _end_badly(recorder: Recorder, status: Status, error: DmError) -> None:
    """End the run, and say why in its log: who reads that alone learns it too. A run that has ended stays as it is."""
    if not recorder.ended:
        place = f"{error.place}: " if error.place else ""
        recorder.log("error", "log", f"{error.code}: {place}{error.message}".partition("\n")[0])
        recorder.end(status, error=error)


def _fingerprint(scenario: Scenario, params: Mapping[str, Any], seed: int | None) -> str:
    """What makes two requests the same, as a hash."""
    request = json.dumps([scenario.id, params, seed], sort_keys=True)
    return hashlib.sha256(request.encode()).hexdigest()
