"""What the script's process does before the script: its own session, descriptors, environment, folder and limits."""

from __future__ import annotations

import contextlib
import faulthandler
import fcntl
import functools
import gc
import importlib
import io
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from dm_mcp.workers.keeper import Script
from dm_mcp.workers.sandbox import MAX_ZYGOTE_FDS, Sandbox
from dm_mcp.workers.usage import Ceiling

__all__ = ["CONTROL_FD", "Job", "prepare", "script_of"]

CONTROL_FD = 3
"""The control socket's descriptor in the script's process."""


@dataclass(frozen=True)
class Job:
    """One process to be: its folder, whole environment, limits in bytes, net, and the descriptors that came for it."""

    folder: str
    env: dict[str, str]
    memory: int
    disk: int
    network: bool
    control: int
    stdout: int
    stderr: int


class CountingFile(io.FileIO):
    """A file that knows how many bytes went through it, so that a log record can say what was printed before it."""

    written = 0

    def write(self, data: Any, /) -> int:
        """As `io.FileIO.write`."""
        count = super().write(data)
        self.written += count or 0
        return count


def prepare() -> None:
    """What all scripts have in common, done once in the zygote.

    Text goes out as a scenario's log wants it: line by line, whatever it holds. A crash in native code says where.
    """
    for name, fd in (("stdout", 1), ("stderr", 2)):
        # Not reconfigure(): it seeks where the server's stderr is a file.
        raw = io.BufferedWriter(CountingFile(fd, "w", closefd=False))
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    faulthandler.enable(file=2)


def script_of(job: Job, entry: str, sandbox: Sandbox) -> Script:
    """The script's process that ``job`` describes: it calls ``entry``, "module:function", with the control socket."""
    ceiling = Ceiling(job.memory, job.disk)
    return Script(job.folder, job.network, ceiling, functools.partial(_run, job, entry, sandbox))


def _run(job: Job, entry: str, sandbox: Sandbox) -> int:
    """Become the worker, in a fresh fork and in the run's folder, and give what the entry returns."""
    os.setsid()  # a Ctrl-C in the server's terminal must not reach the script
    _reset_signals()
    _arrange_descriptors(job)
    os.environ.clear()
    os.environ.update(job.env)
    os.umask(0o077)
    sys.dont_write_bytecode = True  # the folders of the interpreter are not the script's
    _reseed()
    sandbox.confine(memory=job.memory, network=job.network)
    gc.enable()
    module, _, function = entry.partition(":")
    main = cast("Callable[[socket.socket], int]", getattr(importlib.import_module(module), function))
    streams = (sys.stdout, sys.stderr)
    code = main(socket.socket(fileno=CONTROL_FD))
    for stream in streams:  # a line without its end may wait in there
        with contextlib.suppress(OSError, ValueError):  # the script may have closed it, or its descriptor
            stream.flush()
    return code


def _reset_signals() -> None:
    """The handlers that a Python program starts with."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _arrange_descriptors(job: Job) -> None:
    """Put the job's descriptors on 0 to 3 and close all others."""
    wanted = [os.open(os.devnull, os.O_RDONLY), job.stdout, job.stderr, job.control]
    # None of them may be overwritten before it is in its place: first all move out of the way.
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, CONTROL_FD + 1) for fd in wanted]
    for place, fd in enumerate(moved):
        os.dup2(fd, place, inheritable=place != CONTROL_FD)
    os.closerange(CONTROL_FD + 1, MAX_ZYGOTE_FDS)


def _reseed() -> None:
    """Give this fork random numbers of its own. Python's hook reseeds ``random`` itself, and nothing else."""
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed(int.from_bytes(os.urandom(4)))
    if faker_generator := sys.modules.get("faker.generator"):
        faker_generator.random.seed()  # Faker.seed() would also mark every generator as seeded
