"""The zygote: one process that has imported what scripts need, and forks for each run.

``python -I -m dm_mcp.workers.zygote FD OPTIONS``: ``FD`` is its end of the socket to the server, ``OPTIONS`` a JSON
object ``{"entry", "isolation", "without", "path", "locales"}``. `dm_mcp.workers.messages` has what is said on the
socket. It has one thread, so that forking is safe, and never waits for anything but its next message or a child's end.
It ends, and everything it forked with it, when the server's end of the socket closes.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dm_mcp.workers import child
from dm_mcp.workers.keeper import SWEEP_SECONDS, Started, start
from dm_mcp.workers.messages import Inbox, encode
from dm_mcp.workers.probe import choose
from dm_mcp.workers.processes import sweep
from dm_mcp.workers.sandbox import MAX_ZYGOTE_FDS, Isolation, Sandbox, SandboxError, limit_descriptors
from dm_mcp.workers.spare import Spare

__all__ = ["main"]

_PRELOAD = ("dm_mcp.sdk", "numpy", "faker")
_ORPHAN_SECONDS = 0.2
"""Time for one sweep of what a subreaper left that a script has killed; more is done between other work."""
_END_SECONDS = SWEEP_SECONDS + 0.5
"""Time that runs have to end when the server is gone, before they are killed harder."""


@dataclass(frozen=True)
class _Run:
    id: int
    started: Started


class _Zygote:
    """Serves fork requests; `serve` returns when the server's end is closed."""

    def __init__(self, sock: socket.socket, sandbox: Sandbox, entry: str) -> None:
        self._sock = sock
        self._sandbox = sandbox
        self._isolation = sandbox.isolation
        self._entry = entry
        self._inbox = Inbox()
        self._runs: dict[int, _Run] = {}  # by the pid of the first process
        self._orphans = False
        self._spare: Spare | None = None
        self._wakeup, wakeup_write = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(wakeup_write, False)
        signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _note)
        self._poller = select.poll()
        self._poller.register(sock, select.POLLIN)
        self._poller.register(self._wakeup, select.POLLIN)

    def serve(self) -> None:
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                self._have_spare()
                ready = {fd for fd, _ in self._poller.poll(100 if self._orphans else None)}
                if self._sock.fileno() in ready:
                    for message in self._inbox.receive(self._sock):
                        self._answer(message.body, message.fds)
                self._reap()
        self._end_all()

    def _send(self, body: Mapping[str, Any], fds: list[int] | None = None) -> None:
        data = encode(body, len(fds or ()))
        sent = socket.send_fds(self._sock, [data], fds or [])
        self._sock.sendall(data[sent:])

    def _answer(self, body: dict[str, Any], fds: list[int]) -> None:
        if "kill" in body:
            for run in self._runs.values():
                if run.id == body["kill"]:
                    self._kill(run, signal.SIGTERM)
            return
        if len(fds) != 3:
            self._send({"id": body["id"], "error": "The zygote has too many descriptors open."})
            return
        control, stdout, stderr = fds
        wanted = {name: body[name] for name in ("folder", "env", "memory", "disk", "network")}
        job = child.Job(**wanted, control=control, stdout=stdout, stderr=stderr)
        try:
            started = self._from_spare(job) if not body["network"] else None
            if started is None:
                script = child.script_of(job, self._entry, self._sandbox)
                started = start(self._sandbox, lambda _: script, network=job.network, errors=stderr)
        except OSError as error:
            self._send({"id": body["id"], "error": str(error)})
            return
        finally:
            for fd in fds:
                os.close(fd)
        self._runs[started.pid] = _Run(body["id"], started)
        try:
            self._send({"id": body["id"], "pid": started.pid}, [] if started.pidfd is None else [started.pidfd])
        except OSError as error:
            if error.errno != errno.ETOOMANYREFS:
                raise
            self._kill(self._runs.pop(started.pid), signal.SIGKILL)
            started.close_status()
            self._send({"id": body["id"], "error": "Processes of this user have too many descriptors under way."})
        finally:
            if started.pidfd is not None:
                os.close(started.pidfd)

    def _from_spare(self, job: child.Job) -> Started | None:
        """The spare keeper with this job, if there is one that can take it."""
        spare, self._spare = self._spare, None
        return spare.take(job) if spare is not None else None

    def _have_spare(self) -> None:
        """Fork a keeper for the run that comes next."""
        if self._spare is None and self._isolation is Isolation.NAMESPACES:
            with contextlib.suppress(OSError):  # the next run has one of its own, or tells why not
                self._spare = Spare(self._sandbox, self._entry)

    def _kill(self, run: _Run, signum: int) -> None:
        """Ask a subreaper to end by ``signum``; anything else is killed at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._isolation is Isolation.PROCESS_GROUP:
                _kill_group(run.started.pid)
            elif self._isolation is Isolation.SUBREAPER:
                os.kill(run.started.pid, signum)
                os.kill(run.started.pid, signal.SIGCONT)
            else:
                os.kill(run.started.pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Take note of every child that has ended, and tell the server."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wakeup, 512):
                pass
        ended: list[tuple[_Run, int]] = []
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                if self._spare is not None and found[0] == self._spare.started.pid:
                    self._spare.discard()
                    self._spare = None
                    continue
                run = self._runs.pop(found[0], None)
                if run is not None:  # else an orphan that a dead subreaper left
                    ended.append((run, self._status(run, found[1])))
        if self._orphans:
            self._orphans = not sweep(_ORPHAN_SECONDS, spare=self._runs)
        for run, status in ended:
            self._send({"id": run.id, "status": status})

    def _status(self, run: _Run, wait_status: int) -> int:
        """How the run's script ended; what it left is killed or marked as left."""
        ended = os.waitstatus_to_exitcode(wait_status)
        if self._isolation is Isolation.PROCESS_GROUP:
            # Its number can't have been given away yet: it stays taken while the group has a member.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(run.started.pid, signal.SIGKILL)
            return ended
        status = run.started.read_status()
        run.started.close_status()
        if status is None:
            self._orphans = self._isolation is Isolation.SUBREAPER
            return ended
        return status

    def _end_all(self) -> None:
        """The server is gone: end every run."""
        if self._spare is not None:
            self._spare.discard()
        for signum in (signal.SIGTERM, signal.SIGKILL):
            for run in self._runs.values():
                self._kill(run, signum)
            deadline = time.monotonic() + _END_SECONDS
            while self._runs and (left := deadline - time.monotonic()) > 0:
                select.select([self._wakeup], [], [], left)
                with contextlib.suppress(OSError):
                    self._reap()
        if self._isolation is Isolation.SUBREAPER:
            sweep(SWEEP_SECONDS)


def _note(signum: int, frame: object) -> None:
    """Do nothing: but only a signal with a handler wakes the poll."""
    del signum, frame


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:  # it has not made its group yet
        os.kill(leader, signal.SIGKILL)


def _preload(entry: str, locales: list[str]) -> None:
    """Import once what scripts need, and put it where the garbage collector won't touch, and so copy, its pages."""
    gc.disable()  # the script's process switches it on again
    for name in _PRELOAD:
        with contextlib.suppress(ImportError):  # a script that needs it gets the error
            importlib.import_module(name)
    importlib.import_module(entry.partition(":")[0])
    if locales:
        importlib.import_module("dm_mcp.workers.warm").warm(locales)
    gc.collect()
    gc.freeze()


def main(fd: int, options: Mapping[str, Any]) -> None:
    """Run the zygote on the socket ``fd``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_descriptors(MAX_ZYGOTE_FDS)
    sys.path.extend(options["path"])
    with socket.socket(fileno=fd) as sock:
        try:
            child.prepare()
            _preload(options["entry"], options["locales"])
            forced = Isolation(options["isolation"]) if options["isolation"] else None
            found = choose(options["path"], forced, options["without"])
            found.sandbox.surround_zygote()
        except (ImportError, OSError, SandboxError) as error:
            with contextlib.suppress(ConnectionError):
                sock.sendall(encode({"error": f"{type(error).__name__}: {error}"}))
            return
        zygote = _Zygote(sock, found.sandbox, options["entry"])
        with contextlib.suppress(ConnectionError):  # the server went while this started: `serve` ends at once
            sock.sendall(encode({"isolation": found.sandbox.isolation, "why": found.note, "layers": found.layers}))
        zygote.serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
